# The rota: who is on duty when, and who stands in for whom.

rota-everybody = There is no rota yet: everybody is on duty.
rota-begin = The week’s rota
rota-line = { $when }: { $people }
rota-line-yours = { $when }: { $people } ← you
rota-line-gap = { $when }: nobody. All officers will be called
rota-with-backup = { $names } (backup: { $backup })
rota-only-backup = nobody (backup: { $backup }). All officers will be called
rota-when = { $day }, { $begins }–{ $ends }
rota-when-days = { $day }, { $begins } – { $last }, { $ends }
rota-day = { $weekday } { $date }
rota-weekday-0 = Mon
rota-weekday-1 = Tue
rota-weekday-2 = Wed
rota-weekday-3 = Thu
rota-weekday-4 = Fri
rota-weekday-5 = Sat
rota-weekday-6 = Sun
rota-until-today = until { $clock }
rota-until-tomorrow = until { $clock } tomorrow
rota-until-date = until { $clock } on { $date }
rota-from-today = from { $clock }
rota-from-tomorrow = from { $clock } tomorrow
rota-from-date = from { $clock } on { $date }

oncall-now = On duty now:
oncall-on = On duty now:
oncall-on-until = On duty now, { $until }:
oncall-gap = Nobody is on duty now. These will be called:
oncall-gap-until = Nobody is on duty now, { $until }. These will be called:
oncall-backup = Backup:
oncall-reached = { $name }: { $channels }
oncall-unreachable = { $name }: I have nowhere to write. Ask { $name } to write to me in a private chat
oncall-everybody-called = Nobody on this shift can be reached, so all the other officers will be called too.
oncall-others = Off duty: { $names }
oncall-next = Next, { $since }: { $people }
oncall-next-gap = Next, { $since }, nobody is on duty: all officers will be called.

now-duty = On duty: { $names }.
now-duty-until = On duty: { $names } { $until }.
now-duty-gap = Nobody is on duty. These will be called: { $names }.
now-duty-none = Nobody is on duty: invite officers with /invite officer and a name.

## Done

done-on-primary = { $when }: { $name } is on duty.
done-on-backup = { $when }: { $name } is backup.
done-relieved = On the rota before: { $names }.
done-shift-off = { $when }: { $name }’s shift is taken away.
done-instead = On the rota now: { $names }.
done-instead-nobody = Nobody is on the rota then now.
swap-asked = It is up to { $name } now. Without a yes the shifts stay as they are. Open until: { $until }.
swap-done = The shifts are swapped.
swap-declined = All right, no swap. { $name } will hear of it.
ask-swap = { $name } would like to swap shifts. Then:
ask-swap-how = You can also type /swap yes or /swap no. Open until: { $until }.
desk-button-unshift = Take the shift away
desk-button-agree = Agree
desk-button-decline = Decline

told-shift-primary = You are on duty: { $when }. The whole rota: /rota
told-shift-backup = You are backup: { $when }. The whole rota: /rota
told-shift-off = Your shift was taken away: { $when }. The whole rota: /rota
told-relieved = You are off duty: { $when }. { $name } has the shift.
told-swap-declined = { $name } can’t swap. The shifts stay as they were.
told-swap-expired = { $name } did not answer about the swap. The shifts stay as they were.

## What is wrong

usage-rota = Which week do you want to see? For example: /rota, /rota next or /rota 1.12
usage-shift = That takes a name, a day and hours, for example: /shift Anna 25.11 09:00-21:00. As backup: /shift Anna 25.11 09:00-21:00 backup
usage-shift-off = Whose shift, and when does it begin? For example: /shift off Anna 25.11 09:00
usage-take-shift = Which day do you take? For example: /take_shift 25.11, or a part: /take_shift 25.11 09:00-15:00
usage-swap = Which shift of yours, and to whom? For example: /swap 25.11 Anna, or for one of theirs: /swap 25.11 Anna 27.11
error-no-such-day = No calendar has that day. Check day and month, for example: 25.11
error-time-skipped = On { $day } the clocks go forward: there is no { $hour } that day. Name a time before or after.
error-time-twice = On { $day } the clocks go back: { $hour } comes twice that day. Name a time before or after.
error-shift-overlaps = The shifts overlap: { $name } already has { $when }. See the week: /rota
error-shift-past = { $when }: that is over or has begun. Check the day. If you mean another year, write it after the month.
error-shift-backwards = { $when }: it ends before it begins, or at once. Write when it begins and when it ends, for example: 09:00-21:00
error-shift-too-long = { $when }: that is longer than { $hours } hours. Make several shifts of it.
error-shift-too-far = { $day }: that is more than a year ahead. The rota doesn’t reach so far.
error-not-for-duty = { $name } is not on the rota: that is another role. Who is: /oncall
error-nothing-to-take = { $when }: there is no such shift on the rota, so nothing to take. See the week: /rota
error-no-shift-of = { $when }: no shift of { $name }’s begins then. See the week: /rota
error-shift-yours = { $when }: that is your shift already.
error-several-shifts = There are several shifts that day: { $shifts }. Write hours and name after the day, for example: { $example }
error-shift-fixed = { $when }: this is { $name }’s shift of every week. It can’t be taken away, but somebody else can be put there: /shift
error-swap-with-yourself = A swap takes somebody else. Names: /oncall
error-swap-gone = This request is gone: it was answered, its time is over, or the shifts have changed since.
error-no-swap-asked = Nobody is asking you to swap shifts now.
error-several-swaps = Several colleagues ask you to swap: { $names }. Write whom you answer, for example: /swap yes { $example }
