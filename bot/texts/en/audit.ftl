# The audit log: who opened what, and whose rights changed. Not a word of any report.

audit-case = { $reference }: audit log, newest first.
audit-person = { $name }: audit log, newest first.
audit-nothing = Nothing is noted about that.
audit-line = { $number } · { $at } · { $who } · { $what }
audit-of-case = { $what } { $reference }
audit-of-person = { $what }: { $who }
audit-more = Before these, { $count } more: /audit { $whom } { $number }
audit-former = a former colleague { $id }
audit-operator = command line
audit-hotline = the hotline itself
audit-reporter = whoever reported

audit-read = read
audit-file = file
audit-export = export
audit-erase-asked = asked to destroy
audit-erase-dropped = request to destroy dropped
audit-erased = destroyed
audit-sealed = sealed
audit-unsealed = unsealed
audit-backup = backup
audit-restored = restored from a backup
audit-keys-rotated = keys rotated
audit-invited = invitation
audit-joined = joined
audit-linked = other messenger linked
audit-role = role changed
audit-revoked = access revoked
audit-bound = room bound
audit-unbound = room unbound
audit-restricted = among those who may open it
audit-unrestricted = opened to everybody
audit-audit-read = audit log read

daily-audit = Audit log: { $head }. Keep this message: it shows if the past was rewritten.

usage-audit = Whose log? Of a report: /audit K7F-3QX, of a person: /audit Anna
help-audit = /audit REF or NAME — who opened what
command-audit = Who opened what
