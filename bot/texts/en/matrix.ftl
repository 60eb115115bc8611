# Matrix: rooms and devices that can't be trusted.

flaw-not-encrypted = This chat isn’t encrypted.
    Whoever runs the servers that it passes can read it. Start a new chat with us: in Element and other Matrix apps it is encrypted from the start. Or switch encryption on in this one’s settings.
    Here we take nothing but /sos
flaw-in-clear = That message came unencrypted, and we didn’t take it.
    Please write again from an app that encrypts, such as Element. Unencrypted we take nothing but /sos
flaw-room-not-encrypted = This room isn’t encrypted, so it can’t be a staff room.
    Switch encryption on under room settings, Security. Then type the command again.
flaw-room-open = Anybody can walk into this room.
    Let people in by invitation only: room settings, Security, Access. Then type the command again.
flaw-room-readable = Anybody can read this room’s history.
    Open it to members only: room settings, Security, “Who can read history”. Then type the command again.
flaw-room-powers = Any member can put others out here, or change who has access.
    Under room settings, Roles and permissions, give ordinary members less than 50, and leave removing, banning and changing settings to moderators (50 and above). Then type the command again.
flaw-device-unsigned = That command came from a device that nobody has verified, and we didn’t take it.
    Verify it from another device of yours (in Element: settings, Sessions) and type it again.

said-undecryptable = One message could not be decrypted.
    Please send it again.

said-missing = Some messages from here haven’t reached us.
    Please send again whatever wasn’t answered.

told-device-new = Your Matrix account has a new device.
    It will see what we write from now on. If it isn’t yours, sign it out in your app’s settings and tell us.
told-device-own = Your Matrix account has a new, verified device.
    If it isn’t yours, tell a coordinator at once.
told-device-unsigned = { $name }: a new device on Matrix that nobody has verified.
    It reads nothing, and commands from it aren’t taken. If it is their own, they verify it from another of theirs.

now-undecryptable = Could not be decrypted in a day: { $count }. Their writers were asked to send them again.
now-missing = Chats whose messages the Matrix server doesn’t give us in full: { $count }. We keep asking; after 5 minutes their writers are asked to send again.
