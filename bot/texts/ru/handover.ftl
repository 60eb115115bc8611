# Смены: кто кого сменяет, что передаётся, о чём предупредить заранее.

handover-head = Смена меняется.
handover-leaves = Сменяется: { $names }.
handover-stays = Остаётся: { $names }.
handover-comes = Заступает: { $names }.
handover-comes-until = Заступает: { $names }. Следующая смена: { $until }.
handover-backup = В запасе: { $names }.
handover-case = { $reference } ({ $age })
handover-new = Ещё не принято: { $cases }.
handover-urgent = Срочные: { $cases }.
handover-waiting = Отложено: { $count }.
handover-deadlines = За эту смену:
handover-please = Прочитали? Нажмите «Смену принимаю» или напишите /handover
handover-acknowledged = ✅ Смена принята: { $name }, { $at }.
handover-button = Смену принимаю
handover-unanswered = Смену пока никто не принял. Заступает: { $names }, { $at }. Позвоните, пожалуйста, или найдите замену: /oncall

deadline-acknowledge = { $reference } · вызов, если никто не примет · { $at }
deadline-first-reply = { $reference } · вызов, если никто не ответит · { $at }
deadline-quiet = { $reference } · напоминание, если ничего не произойдёт · { $at }
deadline-wait = { $reference } · вернётся из отложенных · { $at }
deadline-due = { $reference } · срок · { $at }
deadline-due-past = { $reference } · срок прошёл · { $at }

told-shift-taken-over = Смена принята: { $name }.

gap-begun = На смене сейчас никого: вызовы приходят всем дежурным.
gap-begun-until = На смене сейчас никого: вызовы приходят всем дежурным. Следующая смена: { $until }.
gap-what-now = Взять смену: /take_shift. Расписание: /rota

watch-head = Расписание: здесь нужна помощь.
watch-gap = На смене никого: { $when }
watch-gap-open = На смене никого с { $when }
watch-unreachable = { $name }: смена { $when }, а написать некуда
watch-unknown = { $name }: смена { $when }, а такого имени среди сотрудников нет
watch-what-now = Поставить кого-то на смену: /shift. Пригласить: /invite. Расписание: /rota

error-nothing-to-take-over = Передавать сейчас нечего: смена не менялась. Кто дежурит: /oncall
error-taken-over-already = Смена уже принята: { $name }.
error-not-your-shift = Эту смену принимает тот, кто заступает: { $name }. Взять её себе: /take_shift
error-handover-past = С тех пор смена менялась ещё раз. Кто дежурит: /oncall

## Сводка за сутки

daily-head = Коротко о прошедших сутках.
daily-day = Пришло { $opened }, закрыто { $closed }.
daily-in-time = Вовремя принято: { $count } из { $judged }.
daily-new = Ещё не принято { $count }: { $cases }.
daily-overdue = Просрочено { $count }: { $cases }.
daily-due-today = Сегодня срок: { $cases }.
daily-duty = Сегодня на смене: { $shifts }.
daily-shift = { $names } до { $until }
daily-shift-nobody = никого до { $until }
daily-gaps = { $count ->
    [one] За неделю { $count } пробел в расписании: { $gaps }.
    [few] За неделю { $count } пробела в расписании: { $gaps }.
   *[many] За неделю { $count } пробелов в расписании: { $gaps }.
}
daily-well = Всё на своих местах. Спокойного дня.
daily-look = Подробнее: /status, /overdue. Спасибо, что вы с нами.
