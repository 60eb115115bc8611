# The chat that everything goes from: by itself, by /burn, and when a messenger won't let go of something.

receipt-vanishes =
    Code: { $receipt }
    It lets you come back from anywhere. This chat will soon be empty: everything goes from it { $within } after the last message, and the code with it. Copy it now to where only you will find it.
told-kept-telegram =
    Some messages are still here.
    Telegram no longer lets us remove them, but you can: press and hold this chat in the list of chats and choose “Delete chat”.
told-kept-maybe =
    One message may still be here: the line broke while we were sending it, and we were never told where it stands.
    If you see it, you can remove it yourself: press and hold it and choose “Delete”.

code-too-soon =
    Too many wrong codes in a row.
    The next one can be checked in { $within }; nothing has changed so far. If you need help now: /sos

told-wrong-codes = Wrong codes within an hour: { $count }, from { $addresses ->
    [one] { $addresses } account
   *[other] { $addresses } accounts
}.
    Whoever types them in a row has to wait. If it is one of yours who lost a code, please help them in.

told-linked =
    You have one account more: the code from /link was used on another messenger.
    Wasn’t that you? Tell a coordinator at once: /revoke ends access from everywhere.
told-coordinator-joined = { $name } is a coordinator now, too. If that is news to you, find out who invited them: /audit { $name }

told-role-over =
    This account no longer has access.
    If that is a mistake, please speak to a coordinator.

help-burn = /burn — empty your private chat with the bot at once: nothing is asked, reports stay

command-burn = Empty this chat
