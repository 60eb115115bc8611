# A closed report is sealed: its key is kept away from the server. What officers and the reporter see of that.

sealed-all =
    Sealed { $at }.
    The key to this report is not kept here, so it can’t be read from here.
sealed-earlier =
    The earlier part is sealed.
    Its key is not kept here. You can see only what came afterwards.
sealed-known = What is known all the same: it came { $opened } ({ $channel }), with { $entries ->
        [one] { $entries } line
       *[other] { $entries } lines
    } of history.
sealed-how =
    If you can’t do without the earlier part, ask whoever has the key. On the server they run:
    hotline unseal { $reference } --identity FILE
sealed-writing = You can still write to the person: /reply { $reference } and your words. Their answer will be readable.
sealed-reopened = You can reopen it, too: /reopen { $reference }

sealed-files = { $count ->
    [one] { $count } file is sealed.
   *[other] { $count } files are sealed.
}
entry-sealed = { $from }: a line that is sealed
entries-sealed = { $from } to { $until }: { $count ->
        [one] { $count } line is sealed
       *[other] { $count } lines are sealed
    }
entry-unsealed = the seal was taken off: the report can be read again
due-line-sealed = No. { $number } · { $at } · sealed with the report
due-sealed = What this is about is sealed with the report.
wrote-sealed = What was said earlier is sealed; these words can be read.

## To the reporter

mycase-sealed = What we said to each other before is locked away: its key is not on the server, and we can’t show it from here. New messages will reach us.
consent-sealed = locked away with the rest; you can choose anew

error-case-not-sealed = { $reference }: the report isn’t sealed, it can be read.
