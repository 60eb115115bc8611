# Shifts: who relieves whom, what is handed over, what should be known beforehand.

handover-head = The shift is changing.
handover-leaves = Going off duty: { $names }.
handover-stays = Staying on: { $names }.
handover-comes = Coming on duty: { $names }.
handover-comes-until = Coming on duty: { $names }. The next shift: { $until }.
handover-backup = Backup: { $names }.
handover-case = { $reference } ({ $age })
handover-new = Not acknowledged yet: { $cases }.
handover-urgent = Urgent: { $cases }.
handover-waiting = Set aside: { $count }.
handover-deadlines = During this shift:
handover-please = Read it? Press “I'm on” or write /handover
handover-acknowledged = ✅ { $name } is on, { $at }.
handover-button = I'm on
handover-unanswered = Nobody has taken over the shift yet. Coming on duty: { $names }, { $at }. Please call them, or find somebody else: /oncall

deadline-acknowledge = { $reference } · a call if nobody acknowledges · { $at }
deadline-first-reply = { $reference } · a call if nobody answers · { $at }
deadline-quiet = { $reference } · a reminder if nothing happens · { $at }
deadline-wait = { $reference } · comes back from being set aside · { $at }
deadline-due = { $reference } · due · { $at }
deadline-due-past = { $reference } · was due · { $at }

told-shift-taken-over = The shift is taken over: { $name }.

gap-begun = Nobody is on duty now: every officer gets the calls.
gap-begun-until = Nobody is on duty now: every officer gets the calls. The next shift: { $until }.
gap-what-now = To take a shift: /take_shift. The rota: /rota

watch-head = The rota needs a hand.
watch-gap = Nobody on duty: { $when }
watch-gap-open = Nobody on duty from { $when }
watch-unreachable = { $name }: on duty { $when }, and there is nowhere to write to them
watch-unknown = { $name }: on duty { $when }, and nobody on the staff has this name
watch-what-now = To put somebody on duty: /shift. To invite: /invite. The rota: /rota

error-nothing-to-take-over = There is nothing to take over now: the shift hasn’t changed. Who is on duty: /oncall
error-taken-over-already = The shift is taken over already: { $name }.
error-not-your-shift = This shift is taken over by whoever comes on: { $name }. To take it yourself: /take_shift
error-handover-past = The shift has changed again since. Who is on duty: /oncall

## The day's summary

daily-head = The last day in short.
daily-day = { $opened } opened, { $closed } closed.
daily-in-time = Acknowledged in time: { $count } of { $judged }.
daily-new = Not acknowledged yet { $count }: { $cases }.
daily-overdue = Overdue { $count }: { $cases }.
daily-due-today = Due today: { $cases }.
daily-duty = On duty today: { $shifts }.
daily-shift = { $names } until { $until }
daily-shift-nobody = nobody until { $until }
daily-gaps = { $count ->
    [one] { $count } gap in the rota this week: { $gaps }.
   *[other] { $count } gaps in the rota this week: { $gaps }.
}
daily-well = Everything is in its place. Have a calm day.
daily-look = More: /status, /overdue. Thank you for being here.
