# Everything but a report's questions.

start-begin =
    Hello.
    People are on duty here who help human rights defenders. An officer will read what you write and answer here.
start-telegram = Telegram can see everything written to this chat: better not to name people and addresses yet.
start-matrix = What is written here is encrypted, but the server sees who writes and when.
start-sandbox = This is a practice chat: nothing leaves it, and no real names are needed.
start-other = Others may be able to see this channel: better not to name people and addresses yet.
start-case = We have your report { $reference }. Whatever you write here reaches the officer on duty.
start-offer = Where shall we begin? Press a button, or simply write.

said-stale = That has been answered already.
said-choose = We couldn’t tell which option that is. Choose from the list: by button, word or number.
said-empty = The message arrived empty.
said-unreadable = We can’t read that kind of message. Words, voice, photos and documents all work.
said-file = Got it.
said-place = Noted the place.
said-replaced = Corrected.
said-correction = The correction is noted beside what was there.
said-left = All right, left as it was.
said-case-open = We have your report. Write here and the officer on duty will read it. How it stands: /mycase
said-unknown-command = There is no such command. What there is: /help
said-restarted = The conversation was interrupted, so we begin anew. Everything sent before is with us.

sos-ask =
    Where are you, and what is going on?
    A word or two, a voice note, a photo or a point on the map is enough. In a minute the call goes out even without an answer.
sos-sending = Sending. No need to repeat it.
sos-cancelled =
    All right.
    Nobody has been called.
sos-received =
    Received. Reference { $reference }.
    The people on duty have been called, and an answer will come here in no more than { $within }. If you can, keep writing: where you are, who is near, what is going on.

receipt-keep =
    Code: { $receipt }
    It lets you come back from anywhere. Copy it to a safe place, then delete this message.
receipt-ask = Type the code that you got from us.
receipt-wrong = That code didn’t fit. Check the letters and digits.
receipt-right = The code fits. You can write from here now.

follow-first = Passed on to the officer on duty. Write as much as you need; the answer will come here.
follow-added = ✅ Passed on.
follow-closed = Passed on. Report { $reference } had been closed, but the people on duty will see your words.

standing-new = { $reference }: sent { $at }. The people on duty are being called; nobody has taken it yet.
standing-acknowledged = { $reference }: sent { $at }. The officer on duty has read it. The answer will come here.
standing-in_progress = { $reference }: sent { $at }. It is being worked on.
standing-waiting = { $reference }: sent { $at }. We are waiting for news and keeping it in mind.
standing-closed = { $reference }: sent { $at }. Closed. If anything has changed, write here.

mycase-none = Nothing has been sent from here yet. To begin: /report. To come back by code: /receipt and the code.
mycase-hint = What was said, and your consents, are shown by code: /mycase and the code.
mycase-code-wrong = That code didn’t fit. Check the letters and digits and try again: /mycase and the code.
mycase-yours =
    You, { $at }:
    { $body }
mycase-ours =
    We, { $at }:
    { $body }
mycase-yours-elsewhere = You, { $at }: written where protection is stronger, so it isn’t shown here.
mycase-ours-elsewhere = We, { $at }: the answer waits where protection is stronger, so it isn’t shown here.

consents-ask = A consent can be changed on any day. Which one?
consents-set = Changed, and valid from today.

language-ask = Which language suits you better?
language-set = From here on we speak English.

cancel-ask =
    One more question.
    Wipe what you wrote, and send nothing?
cancel-done =
    Done.
    What you wrote is wiped, and nothing was sent. To begin again: /report
cancel-kept = All right, let’s go on.
cancel-nothing = There is nothing to cancel now. What you can do: /help

erase-ask-later =
    One more question.
    Erase everything?
    It disappears from here and from the people on duty at once, and is destroyed in 24 hours. Until then the code brings it back: /receipt and the code. To destroy it at once: /delete and the code.
erase-ask-now =
    One more question.
    Erase everything?
    If the code is right, all of it is destroyed at once. Nobody can bring it back.
erase-done-later =
    Done.
    All of it is hidden, and in 24 hours it will be destroyed.
erase-done-now =
    Done.
    All of it is destroyed. Better to clear this chat on your side too.
erase-wrong-code =
    That code didn’t fit.
    Nothing was erased. Check the code, or send /delete without one.
erase-nothing =
    There is nothing of yours here.
    So there is nothing to erase.
erase-draft =
    Done.
    The draft is wiped. Nothing had been sent.
erase-kept = All right, everything is as it was.

help-reporter =
    What you can do:
    /report — report a threat
    /sos — call for urgent help
    /mycase — how your report stands
    /receipt CODE — come back by code
    /language — language
    /burn — empty this chat at once: nothing is asked, your report and your draft stay
    /delete — erase everything
    /cancel — drop what you began
    No command is needed: you can simply write what happened.
    /burn can’t reach what the messenger’s servers, screenshots and notifications have kept. New answers will still come here, unless you delete the chat.

command-report = Report a threat
command-sos = Call for urgent help
command-mycase = How your report stands
command-receipt = Come back by code
command-language = Language
command-delete = Erase everything
command-cancel = Drop what you began
command-help = What you can do
