# Buttons, and the words that can be typed instead.

answer-yes = Yes
answer-no = No
word-sos = сос
button-report = Report a threat
button-sos = 🆘 SOS
button-language = English / Русский
button-back = Back
button-skip = Skip
button-done = Done
button-more = More options
button-less = The first options
button-send-now = Send now
button-send = ✅ Send
button-change = Change an answer
button-cancel = Don’t send
button-drop = Wipe it
button-go-on = Go on
button-as-written = Keep it as written
button-sos-now = 🆘 Send now
button-sos-mistake = Pressed by mistake
button-revoke = Withdraw every consent

language-ru = Русский
language-en = English
