# The staff desk. In a room only what gives nothing of a report away is said.

desk-words = { $words }
desk-name = { $name }
desk-nobody = nobody’s yet
desk-former = a former colleague
desk-head = { $reference } · { $mark } · { $word }
desk-waits = waiting { $age }
desk-wrote = new message
desk-undelivered = reply not delivered
desk-how-to-reply = To answer: reply to this message, or send /reply { $reference } and your text.
desk-how-to-close = To close: /close { $reference } resolved
desk-unknown-command = There is no such command. What you can do: /help
desk-went-nowhere = These words went to nobody. To answer a person, reply to a message about their report, or send /reply, the reference and your text. What else you can do: /help
desk-answered-too-soon = That message has only just arrived, and your answer came before we had noted it: the answer went to nobody. Please answer the same message once more.

desk-channel-telegram = Telegram
desk-channel-matrix = Matrix
desk-channel-sandbox = practice chat
desk-channel-mail = mail
desk-channel-other = another messenger

desk-button-ack = Acknowledge
desk-button-take = Take
desk-button-details = Details
desk-button-release = Back to the queue
desk-button-wait = Set aside for 2 days
desk-button-reopen = Reopen
desk-button-send = Send to the reporter
desk-button-keep = Keep as a note
desk-button-erase = Destroy
desk-button-revoke = Revoke
desk-button-bind = Move it here
desk-button-dismiss = Cancel

mark-urgent = URGENT
mark-high = HIGH
mark-normal = normal

stand-new = unacknowledged
stand-acknowledged = acknowledged
stand-in_progress = in progress
stand-waiting = set aside
stand-closed = closed

age-minutes = { $minutes } min
age-hours = { $hours } h
age-hours-minutes = { $hours } h { $minutes } min
age-days = { $days } d

role-officer = officer
role-coordinator = coordinator
role-council = council

## Notices

notice-older = continued below
notice-opened = A new report.
notice-released = Back in the queue: somebody is needed.
notice-assigned = Assigned to you.
notice-read-here = Details: by the button or /case { $reference }
notice-read-in-private = Details open in your private chat.
held-acknowledged = Acknowledged by { $name }, { $at }.
held-acknowledged-nobody = Acknowledged { $at }, but nobody is on it now.
held-in-progress = { $name } is working on it.
held-in-progress-nobody = Nobody is on it now.
held-waiting = Set aside until { $until }. { $name } is on it.
held-waiting-nobody = Set aside until { $until }. Nobody is on it now.
held-assigned = Assigned to { $name }, not acknowledged yet.
held-closed = Closed { $at }.

escalated-acknowledge = Nobody has acknowledged this. If you see it, press Acknowledge.
escalated-again = You have been called about it before.
escalated-last = Everyone has been called.
escalated-first-reply = The person still has no answer. Acknowledged by { $name }.
escalated-first-reply-nobody = The person still has no answer, and nobody is on it now.
escalated-quiet = Nothing has happened for a long time. { $name } is on it.
escalated-quiet-nobody = Nothing has happened for a long time, and nobody is on it now.
escalated-wait = The time it was set aside for is over. { $name } is on it.
escalated-wait-nobody = The time it was set aside for is over, and nobody is on it now.

news = { $reference }: new message. It opens in your private chat.
news-closed = { $reference }: new message, though it is closed. It opens in your private chat.
wrote-closed = This report is closed and won’t reopen by itself.
undelivered-what-now = The messenger did not take your reply. The person may have blocked the bot. See in the details whether there is another way to reach them.
opened-in-private = { $reference }: opened in your private chat, { $name }.
told-erased = { $reference }: this report is no longer here. Messages about it are being removed.
told-taken-over = { $reference }: { $name } is working on it now.
told-room-lost = I was put out of the staff room. Reports now come to everyone's private chat. Add me to a group again and type /bind staff there
told-parked = One incoming message didn’t reach you: something broke on our side. It is kept, and whoever runs the server should look. Its author was asked to write again.
may-be-repeat = (You may have had this message before.)
file-not-yet = { $reference }: a file is still being loaded. Open the details a little later.
file-not-here = { $reference }: a file can’t be opened here.

## Details

details-sos = 🆘 This is an SOS.
details-elsewhere = This came by a channel that protects it better ({ $channel }). It can only be read there.
details-answer = { $label }: { $answer }
details-consent = { $label }: { $answer } ({ $at })
details-resolution = Result: { $resolution }
details-history = History
details-account = Account
details-acts = What happened
details-acts_words = In their own words
details-timing = When it happens
details-date = Date
details-date_at = Date understood as
details-region = Region
details-place = Place
details-location = On the map
details-about = About
details-defender = Their work
details-perpetrator = Who is behind it
details-perpetrator_words = Who is behind it, in their own words
details-detention = If someone is held
details-needs = What would help
details-needs_words = What would help, in their own words
details-contact = How and when to reach them
details-evidence = About the files
details-corrections = Corrections
details-safety = Free to write
details-more = More
details-consent_partners = Tell partners
details-consent_authorities = Go to the authorities
details-consent_un = Tell the UN
details-consent_public = Tell the public
details-files-stored = { $count ->
    [one] { $count } file follows.
   *[other] { $count } files follow.
}
details-files-pending = { $count ->
    [one] { $count } file is still being loaded.
   *[other] { $count } files are still being loaded.
}
details-files-failed = { $count ->
    [one] { $count } file could not be had.
   *[other] { $count } files could not be had.
}
details-files-elsewhere = { $count ->
    [one] { $count } file opens only where it was sent.
   *[other] { $count } files open only where they were sent.
}

entry-line = { $at }: { $what }
entry-elsewhere = { $at }: this entry can only be read where it is protected better ({ $channel }).
entry-files = { $count ->
    [one] (with { $count } file)
   *[other] (with { $count } files)
}
entry-opened = the report arrived
entry-message =
    to us
    { $body }
entry-corrected =
    to us, corrected
    { $body }
entry-reply =
    from us ({ $name })
    { $body }
entry-note =
    note ({ $name })
    { $body }
entry-acknowledged = acknowledged by { $name }
entry-assigned = assigned to { $to } ({ $name })
entry-released = back to the queue ({ $name })
entry-severity-changed = now { $to } ({ $name })
entry-status-changed = { $status } ({ $name })
entry-closed = closed, { $resolution } ({ $name })
entry-reminded = reminded: { $to }
entry-reminded-nobody = there was nobody to remind
entry-escalated = called: { $to }
entry-escalated-nobody = there was nobody to call
entry-consent-changed = consents changed
entry-undelivered = a reply was not delivered

## Done

done-ack = { $reference }: acknowledged by { $name }.
done-take = { $reference }: { $name } is working on it.
done-release = { $reference }: back in the queue.
done-assign = { $reference }: assigned to { $name }.
done-severity = { $reference }: now { $severity }.
done-wait = { $reference }: set aside until { $until }. It comes back sooner if the person writes.
done-reply = { $reference }: the reply is on its way to the person.
done-note = { $reference }: noted, for staff only.
done-close = { $reference }: closed.
done-reopen = { $reference }: open again, { $name } is working on it.
done-revoke = { $name }: access revoked, their open reports are back in the queue.
    We put nobody out of the staff room: please remove them from it yourself.
done-language = We’ll speak English from now on.
done-bind =
    This is the staff room now. References, severity and deadlines of new reports come here.
    No content will: that opens in everyone’s private chat.
done-unbind = No longer the staff room: reports don’t come here. To undo this: /bind staff
done-dismiss = All right, nothing has changed.
bound-already = This is the staff room already.
bound-elsewhere = The staff room is another group now. Reports don’t come here any more.
code-in-private = The code is in your private chat, { $name }.

ask-held = { $reference }: who are these words for? Commands work too: /reply { $reference } or /note { $reference }.
ask-revoke =
    Revoke the access of { $name }?
    { $cases ->
        [0] No open reports are on them.
        [one] { $cases } report goes back to the queue.
       *[other] { $cases } reports go back to the queue.
    } By command: /revoke { $name } yes
ask-bind =
    Another group is the staff room. Move it here?
    By command: /bind staff yes
ask-language = Which language suits you better?

## People

link-code =
    A code for your other messenger:
    { $code }
    Send me this from there, in a private chat: /join { $code }
    It is valid for 24 hours, and once.
invite-code =
    An invitation: { $name }, { $role }.
    Pass the code on in person or over something secure: { $code }
    They send me this in a private chat: /join { $code }
    It is valid for 24 hours, and once.
joined-already = { $name }, you are here already. What you can do: /help
welcome-officer =
    Hello, { $name }. You are one of the officers now.
    First check that an alert would wake you: /test_alert
    Then see what is open: /queue
    A new report comes with the button Acknowledge. To answer a person, just reply to a message about their report.
    All commands: /help. Your other messenger: /link
welcome-coordinator =
    Hello, { $name }. You are a coordinator.
    1. Add me to the staff group and send /bind staff there
    2. Invite officers: /invite officer and a name
    3. Check that an alert would wake you: /test_alert
    How things stand: /status. All commands: /help
welcome-council =
    Hello, { $name }. The centre’s figures are open to you; the reports themselves are not.
    The last month: /stats 30d. What else you can do: /help
welcome-linked = { $name }, this messenger is yours too. Try an alert: /test_alert

test-on-its-way = A test alert is on its way: { $name }, { $channel }. If it isn’t there within a minute, tell a coordinator.
test-head = TEST · URGENT · waiting 0 min
test-what =
    This is how an urgent report looks and sounds. It is a test, nobody is waiting for an answer.
    If the sound was too quiet, turn on notifications for this chat. Then press Acknowledge.
test-received = ✅ The alert came through, you can be reached.

## Overview

queue-empty = Nothing is open.
queue-begin = { $count ->
    [one] { $count } report is open.
   *[other] { $count } reports are open.
}
queue-line = { $reference } · { $severity } · { $age } · { $status } · { $officer }
queue-line-overdue = { $reference } · { $severity } · { $age } · { $status } · { $officer } · overdue
queue-more = and { $count } more
overdue-none = Nothing is overdue.
overdue-begin = { $count ->
    [one] { $count } report is overdue.
   *[other] { $count } reports are overdue.
}

now-open = Open { $total }: urgent { $urgent }, high { $high }, normal { $normal }.
now-unacknowledged = Unacknowledged { $count } ({ $cases }).
now-unacknowledged-none = Unacknowledged 0.
now-overdue = Overdue { $count } ({ $cases }).
now-overdue-none = Overdue 0.
now-case = { $reference }, { $age }
now-age = { $severity } { $age }
now-oldest = Longest: { $ages }.
now-oldest-none = Nobody is waiting.
now-day = Last 24 hours: { $opened } opened, { $closed } closed.
now-delivery-well = Delivery: all is going out.
now-delivery = Delivery: { $failed } failed in 24 hours, { $stuck } stuck.

stats-begin = Figures over { $span }.
stats-total = Opened: { $count }
stats-opened = Urgent { $urgent }, high { $high }, normal { $normal }
stats-closed = Closed: { $count }
stats-few = <5
stats-acknowledged = Acknowledged typically after { $middle }; in time { $share }%
stats-acknowledged-middle = Acknowledged typically after { $middle }
stats-acknowledged-share = Acknowledged in time: { $share }%
stats-acknowledged-none = Acknowledged: too few to say
stats-replied = First reply typically after { $middle }; in time { $share }%
stats-replied-middle = First reply typically after { $middle }
stats-replied-share = First reply in time: { $share }%
stats-replied-none = First reply: too few to say

## What is wrong

error-unexpected = That didn’t work, and we don’t know why yet. Please try again a little later.
error-case-not-found = { $reference }: there is no such report. Check the reference, or look in /queue
error-language-not-spoken = We don’t speak that language yet. To choose from those we do: /language
error-not-allowed = This takes another role. What you can do: /help
error-already-acknowledged = { $reference }: already acknowledged by { $name }. To take it over: /take { $reference }
error-already-yours = { $reference }: you are on it already.
error-case-closed = { $reference }: already closed. To reopen it: /reopen { $reference }
error-case-not-closed = { $reference }: it is open.
error-not-on-case = { $reference }: you aren’t on it. The officer who is, or a coordinator, can give it back.
error-no-such-staff = Nobody here has this name: { $name }. See /oncall
error-name-taken = The name { $name } is taken. Add a surname or a letter.
error-last-coordinator = This is the only coordinator: nobody could be invited any more. Invite another one first.
error-invitation-invalid = The code doesn’t fit: it is mistyped, used, or older than 24 hours. Ask for a new one.
error-address-taken = This messenger account already belongs to somebody on the staff.
error-no-such-room = This group is not the staff room. A coordinator can make it that: /bind staff
error-no-change = { $reference }: it is so already.
error-reporter-unreachable = { $reference }: there is nowhere to write, the person closed the chat with us. See in the details whether there is another way.
error-no-private-chat = This can’t be shown here, and you have no private chat with me. Open one, press Start, and try again.
error-only-in-private = { $command } works only in a private chat with me.
error-only-in-room = { $command } has to be sent in the group itself: add me there and send it again.
error-already-decided = These words were dealt with already, or somebody else wrote them.
error-nothing-to-send = { $reference }: that reply holds neither words nor a file. Please write it again.

usage-reference = It needs a reference, for example: { $command } K7F-3QX
usage-reply = It needs a reference and a text, for example: /reply { $reference } A lawyer is on the way to you.
usage-note = It needs a reference and a text, for example: /note { $reference } Call in the morning.
usage-assign = It needs a reference and a name, for example: /assign { $reference } Anna
usage-severity = It needs a reference and one of urgent, high, normal. For example: /severity { $reference } high
usage-wait = It needs a reference and a time, for example: /wait { $reference } 2 days
usage-close =
    It needs a reference and a result, for example: /close { $reference } resolved
    Results: resolved, referred, published_only, out_of_mandate, duplicate, unreachable, withdrawn, unfounded. A word of explanation may follow.
usage-stats = Over how many days? For example: /stats 7d
usage-bind = Send this in the staff group: /bind staff
usage-invite = It needs a role and a name, for example: /invite officer Anna. Roles: officer, coordinator, council.
usage-invite-name = A name can’t begin like that: commands would read it as a word of theirs. Choose another, for example: /invite officer Anna
usage-revoke = Whose access? For example: /revoke Anna
usage-join = It needs the code of an invitation, for example: /join ABCD-EFGH-JKLM

## Help and menus

help-begin = A new report comes with buttons. Whatever they do can be typed too. REF looks like K7F-3QX.
help-how-to-reply = To answer a person, reply in private to a message about their report. In the room we ask first who your words are for.
help-council = The figures are open to you. The reports themselves are for officers only.
help-queue = /queue — what is open
help-case = /case REF — details
help-ack = /ack REF — acknowledge
help-take = /take REF — work on it
help-reply = /reply REF TEXT — answer the person
help-note = /note REF TEXT — a note for staff
help-wait = /wait REF 2d — set aside
help-due = /due REF 25.11 18:00 TEXT — set a due date
help-close = /close REF RESULT — close
help-release = /release REF — back to the queue
help-assign = /assign REF NAME — give to a colleague
help-severity = /severity REF urgent, high or normal
help-reopen = /reopen REF — open again
help-rota = /rota — the rota
help-oncall = /oncall — who is on duty
help-take-shift = /take_shift DAY — take over a shift
help-swap = /swap DAY NAME — swap shifts
help-handover = /handover — take over the shift
help-test-alert = /test_alert — test an alert
help-link = /link — your other messenger
help-language = /language — language
help-help = /help — this help
help-status = /status — how things stand
help-overdue = /overdue — what is overdue
help-stats = /stats 30d — figures
help-shift = /shift NAME DAY HOURS — put somebody on duty
help-bind = /bind staff — make a group the staff room
help-unbind = /unbind — no longer the staff room
help-invite = /invite ROLE NAME — invite
help-revoke = /revoke NAME — revoke access
help-erase = /erase REF — destroy a report

command-queue = What is open
command-case = Details of a report
command-ack = Acknowledge a report
command-take = Work on it
command-reply = Answer the person
command-note = A note for staff
command-wait = Set aside
command-due = Set a due date
command-close = Close
command-release = Back to the queue
command-assign = Give to a colleague
command-severity = Change the severity
command-reopen = Open again
command-rota = The rota
command-oncall = Who is on duty
command-take-shift = Take over a shift
command-swap = Swap shifts
command-shift = Put somebody on duty
command-handover = Take over the shift
command-test-alert = Test an alert
command-link = Your other messenger
command-status = How things stand
command-overdue = What is overdue
command-stats = Figures
command-bind = Make a group the staff room
command-unbind = No longer the staff room
command-invite = Invite
command-revoke = Revoke access
command-erase = Destroy a report
