# Putting a reminder off: once a step, and the room sees it.

done-snooze = { $reference }: reminder put off, no reminder before { $until } ({ $name }).
entry-snoozed = reminder put off until { $until } ({ $name })

error-nothing-to-snooze = { $reference }: no reminder comes before that anyway.
error-not-yours-to-snooze = { $reference }: only whoever is on it can put the reminder off. To take it: /take { $reference }
error-already-snoozed = { $reference }: this reminder has been put off once. If it needs more time: /wait { $reference } 1 day
error-snooze-too-long = { $reference }: a reminder can be put off for 3 days at most. If it has to wait longer: /wait { $reference } 1 week
usage-snooze = It needs a reference and a time, for example: /snooze { $reference } 2 hours

help-snooze = /snooze REF 2h — remind me later
command-snooze = Remind me later
