# Destroying reports: by two people, in time, and what is left afterwards.

desk-button-spare = Keep it

erase-asked =
    { $reference }: destroy this report?
    { $name } asks for it. Everything goes: the account, the messages, the files. Nobody can bring it back.
    A second coordinator has to agree by { $until }. Typed: /erase { $reference } or /erase { $reference } no
erase-asked-yourself =
    { $reference }: destroy this report?
    Everything goes: the account, the messages, the files. Nobody can bring it back.
    A second coordinator would have to agree, but you are the only one here. So your own “yes” again is enough, and the audit log will show it. Typed: /erase { $reference } yes
erase-waits =
    { $reference }: waiting for a second coordinator ({ $names }) until { $until }. Until then everything stays.
    Changed your mind? /erase { $reference } no
erase-agreed = { $reference }: destroyed. { $name } agreed.
done-erase = { $reference }: destroyed. Key, records and files are gone; messages are being taken back from the chats.
erase-left-staff = { $count ->
    [one] { $count } message about it is older than 48 hours: Telegram may not let us remove it. Please delete it in the chats yourselves.
   *[other] { $count } messages about it are older than 48 hours: Telegram may not let us remove them. Please delete them in the chats yourselves.
}
erase-left-reporter = In the person’s own chat everything older than 48 hours stays: only they can remove it.
erase-left-busy = The person has another report with us, so their chat is left alone.
erase-left-backups = Backups still hold it, encrypted. The last of them expires: { $until }.
erase-spared = { $reference }: not destroyed ({ $name }), everything stays as it is.
told-erase-expired = { $reference }: no second coordinator agreed within 24 hours. The report stays.

error-erase-needs-another = { $reference }: you have asked already. Another coordinator has to agree.
error-erase-too-soon = { $reference }: not yet. Who may decide this changed less than a day ago; it can be destroyed in { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
}. If it can’t wait, whoever runs the server can do it: hotline erase { $reference }
error-erase-not-asked = { $reference }: nobody has asked to destroy it.

now-unlisted = { $count ->
    [one] { $count } destroyed report is not in the list for backups yet: restoring one could bring it back. Please have whoever runs the server try hotline check.
   *[other] { $count } destroyed reports are not in the list for backups yet: restoring one could bring them back. Please have whoever runs the server try hotline check.
}
now-ending = { $count ->
    [one] Closed and untouched for longer than { $span }: { $count } report. It will be gone by { $until } at the latest.
   *[other] Closed and untouched for longer than { $span }: { $count } reports. They will be gone by { $until } at the latest.
} If one of them is still needed, leave a note on it.
now-ended = { $count ->
    [one] { $count } report had been kept long enough and was destroyed in the last 24 hours.
   *[other] { $count } reports had been kept long enough and were destroyed in the last 24 hours.
}

counts-begin = Ended in { $first } – { $last }:
counts-regions = Regions: { $figures }
counts-acts = What happened: { $figures }
counts-outcomes = How it ended: { $figures }
counts-figure = { $what } { $count }
counts-erased = destroyed before it was closed
