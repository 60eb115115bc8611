# Расписание дежурств: кто когда на смене, кто кого сменил.

rota-everybody = Расписания пока нет: дежурят все.
rota-begin = Расписание на неделю
rota-line = { $when }: { $people }
rota-line-yours = { $when }: { $people } ← вы
rota-line-gap = { $when }: никого. Вызов получат все дежурные
rota-with-backup = { $names } (запас: { $backup })
rota-only-backup = никого (запас: { $backup }). Вызов получат все дежурные
rota-when = { $day }, { $begins }–{ $ends }
rota-when-days = { $day }, { $begins } – { $last }, { $ends }
rota-day = { $weekday } { $date }
rota-weekday-0 = пн
rota-weekday-1 = вт
rota-weekday-2 = ср
rota-weekday-3 = чт
rota-weekday-4 = пт
rota-weekday-5 = сб
rota-weekday-6 = вс
rota-until-today = до { $clock }
rota-until-tomorrow = до { $clock } завтра
rota-until-date = до { $clock } { $date }
rota-from-today = с { $clock }
rota-from-tomorrow = с { $clock } завтра
rota-from-date = с { $clock } { $date }

oncall-now = Сейчас дежурят:
oncall-on = Сейчас на смене:
oncall-on-until = Сейчас на смене { $until }:
oncall-gap = Сейчас на смене никого. Вызов получат:
oncall-gap-until = Сейчас на смене никого, { $until }. Вызов получат:
oncall-backup = В запасе:
oncall-reached = { $name }: { $channels }
oncall-unreachable = { $name }: мне некуда писать. Пусть { $name } напишет мне в личном чате
oncall-everybody-called = Никому на этой смене написать нельзя, поэтому вызов получат и все остальные дежурные.
oncall-others = Не на смене: { $names }
oncall-next = Дальше, { $since }: { $people }
oncall-next-gap = Дальше, { $since }, на смене никого: вызов получат все дежурные.

now-duty = На смене: { $names }.
now-duty-until = На смене: { $names } { $until }.
now-duty-gap = На смене никого. Вызов получат: { $names }.
now-duty-none = На смене никого: позовите дежурных, /invite officer и имя.

## Сделано

done-on-primary = { $when }: дежурит { $name }.
done-on-backup = { $when }: в запасе { $name }.
done-relieved = До этого в расписании: { $names }.
done-shift-off = { $when }: смена снята, { $name }.
done-instead = Теперь в расписании: { $names }.
done-instead-nobody = Теперь в это время никого.
swap-asked = Теперь решает { $name }. Если согласия не будет, смены останутся как есть. Ждём до: { $until }.
swap-done = Обмен состоялся.
swap-declined = Хорошо, обмена не будет. { $name } узнает об этом.
ask-swap = { $name } предлагает поменяться сменами. Тогда:
ask-swap-how = Можно и командой: /swap да или /swap нет. Ждём до: { $until }.
desk-button-unshift = Снять смену
desk-button-agree = Согласиться
desk-button-decline = Отказаться

told-shift-primary = Ваше дежурство: { $when }. Всё расписание: /rota
told-shift-backup = Вы в запасе: { $when }. Всё расписание: /rota
told-shift-off = Вашу смену сняли: { $when }. Всё расписание: /rota
told-relieved = Вы свободны от смены: { $when }. Дежурит { $name }.
told-swap-declined = { $name } не может поменяться. Смены остались как были.
told-swap-expired = { $name } не отвечает на просьбу об обмене. Смены остались как были.

## Что не так

usage-rota = С какого дня показать неделю? Например: /rota, /rota следующая или /rota 1.12
usage-shift = Нужны имя, день и часы, например: /shift Анна 25.11 09:00-21:00. В запас: /shift Анна 25.11 09:00-21:00 запас
usage-shift-off = Чью смену снять и когда она начинается? Например: /shift off Анна 25.11 09:00
usage-take-shift = Какой день взять? Например: /take_shift 25.11 или часть: /take_shift 25.11 09:00-15:00
usage-swap = Какую свою смену отдать и кому? Например: /swap 25.11 Анна, а если взамен: /swap 25.11 Анна 27.11
error-no-such-day = Такого дня в календаре нет. Проверьте число и месяц, например: 25.11
error-time-skipped = { $day } часы переводят вперёд: времени { $hour } в этот день нет. Возьмите время раньше или позже.
error-time-twice = { $day } часы переводят назад: { $hour } в этот день бывает дважды. Возьмите время раньше или позже.
error-shift-overlaps = Смены пересекаются: на { $when } уже стоит { $name }. Посмотреть неделю: /rota
error-shift-past = { $when }: это уже прошло или началось. Проверьте день. Если нужен другой год, напишите его после месяца.
error-shift-backwards = { $when }: конец раньше начала или совпадает с ним. Нужно время начала и время конца, например: 09:00-21:00
error-shift-too-long = { $when }: это дольше { $hours } часов. Разделите на несколько смен.
error-shift-too-far = { $day }: это больше чем через год. Так далеко расписание не ведём.
error-not-for-duty = { $name } не дежурит: это другая роль. Кто дежурит: /oncall
error-nothing-to-take = { $when }: такой смены в расписании нет, брать нечего. Посмотреть неделю: /rota
error-no-shift-of = { $when }: { $name } в это время на смену не заступает. Посмотреть неделю: /rota
error-shift-yours = { $when }: это и так ваша смена.
error-several-shifts = В этот день смен несколько: { $shifts }. Напишите часы и имя после дня, например: { $example }
error-shift-fixed = { $when }: это смена из постоянного расписания, { $name }. Снять её нельзя, можно поставить другого: /shift
error-swap-with-yourself = Меняться можно только с кем-то другим. Имена: /oncall
error-swap-gone = Этой просьбы уже нет: на неё ответили, прошёл срок или смены с тех пор изменились.
error-no-swap-asked = Вас сейчас никто не просит поменяться сменами.
error-several-swaps = Поменяться просят несколько человек: { $names }. Напишите, кому отвечаете, например: /swap да { $example }
