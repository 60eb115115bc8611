# Who may open a report: usually everybody on duty, sometimes only those who are named.

notice-restricted = Restricted: only those named can open it. A coordinator can add somebody: /restrict { $reference }
news-restricted = There is something new, but this is restricted, and it hasn’t reached those who are named. A coordinator can add somebody: /restrict { $reference }
details-restricted = Open only to: { $names }.
message-taken-back = This message was taken back.
desk-restricted = restricted

restricted-to = { $reference }: open only to: { $names }. To open it to everybody: /restrict { $reference } all
restricted-to-nobody = { $reference }: restricted, and nobody can open it now. Say who may: /restrict { $reference } and names.
restricted-not = { $reference }: open to all officers and coordinators. To restrict it: /restrict { $reference } and names.
done-restrict = { $reference }: now open only to: { $names }. Messages about it are being removed from the others’ private chats, as far as the messenger lets us.
done-restrict-blind = You aren’t one of them: what you still see is reference, severity and status.
done-unrestrict = { $reference }: open to all officers and coordinators again.

told-restricted = { $reference }: restricted by { $name }. Open only to: { $names }.
told-unrestricted = { $reference }: opened to all officers and coordinators again by { $name }.
told-restricted-nobody = { $reference }: restricted, and nobody is left who can open it. Say who may: /restrict { $reference } and names.

error-restricted = { $reference }: this is restricted, and you aren’t one of those named. If you need it for your work, tell a coordinator.
error-not-yours-to-restrict = { $reference }: who may open it is up to a coordinator, or to the officer who is on it.
error-officer-not-named = { $reference }: { $name } is on it. Name them too, or hand it over first: /assign { $reference } and a name.
error-not-among-named = { $reference }: this is restricted, and { $name } isn’t one of those who may open it. Who may: /restrict { $reference }
error-not-for-cases = { $name } doesn’t work on reports: name officers or coordinators.
error-not-restricted = { $reference }: it is open to all officers and coordinators anyway.
usage-restrict = It needs a reference, then the names of those who keep access, for example: /restrict { $reference } Anna, Boris. To open it to everybody again: /restrict { $reference } all

help-restrict = /restrict REF NAMES — only these may open it
command-restrict = Only these may open it
