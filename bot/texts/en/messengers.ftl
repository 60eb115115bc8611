# Two messengers: files both ways, going on where it is safer, and leaving chats.

said-leaving =
    We are leaving this chat: nothing of yours is here any more.
    If you need us, invite us again or start a new chat.
told-kept =
    Some messages are still here.
    We have no right to remove what you wrote yourself. Press each of your messages and choose “Remove”. Or simply leave the room.
told-kept-in-room =
    What colleagues wrote here themselves about an erased report is still here.
    We have no right to remove it. Please remove your messages yourselves, and let the bot remove others’: then it will manage next time.

receipt-safer =
    From now on everything comes here, and nothing more to Telegram.
    What is said here is encrypted from device to device: nobody on the way can read it. Telegram sees everything that passes through it, and can hand it over. Better delete the old chat there: your report stays.
told-came-back =
    { $reference }: somebody writes from a new account, with the right code.
    Want to be sure that it is the same person? Ask about something that only they know.
entry-came-back = came back with the code, on another account ({ $channel })
follow-elsewhere = ✅ Passed on. The answer will come on Matrix, which is safer: we no longer write here.

file-stays = { $reference }: the file “{ $name }” was not sent. The reporter reads us on { $channel }, which protects less than { $came }, where the file came from. If it may go that way all the same, send it from { $channel }.
file-lost = { $reference }: the file “{ $name }” could not be had from the messenger and didn’t reach the reporter. Please send it again.
file-undelivered = { $reference }: the file didn’t reach the reporter. Their messenger wouldn’t take it.
done-reply-files = { $count ->
    [one] { $count } file goes with it.
   *[other] { $count } files go with it.
}
done-note-files = { $count ->
    [one] The file stays with the report, for people on duty only.
   *[other] The files stay with the report, for people on duty only.
}

case-elsewhere =
    This report is read on { $channel }, which is safer.
    Open your private chat with the bot there and type: /case { $reference }
case-elsewhere-link = Not there yet? /link here gives you a code: send the bot on Matrix /join and the code, and it knows you there, with the same role.

done-bind-sealed =
    This is the staff room now. References, severity and deadlines of new reports come here.
    The room is encrypted, so what people write next appears in the report’s thread, as long as only people on duty are in here. If anybody else comes in, only references will. Details and files open in private chats. Give the room a name that says nothing: servers see it.
flaw-room-history = Whoever comes into this room later can read what was said before.
    Under room settings, Security, “Who can read history”, choose “since they joined”. Then type the command again.
