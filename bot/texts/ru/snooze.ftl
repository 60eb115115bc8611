# Отложить напоминание: раз на каждый шаг, и комната это видит.

done-snooze = { $reference }: напоминание отложено, следующее не раньше: { $until } ({ $name }).
entry-snoozed = напоминание отложено до: { $until } ({ $name })

error-nothing-to-snooze = { $reference }: раньше этого напоминаний и так не будет.
error-not-yours-to-snooze = { $reference }: отложить напоминание может тот, кто этим занимается. Взять себе: /take { $reference }
error-already-snoozed = { $reference }: это напоминание уже откладывали. Если нужно больше времени: /wait { $reference } 1 день
error-snooze-too-long = { $reference }: напоминание можно отложить не больше чем на 3 дня. Если ждать нужно дольше: /wait { $reference } 1 неделя
usage-snooze = Нужны номер и срок, например: /snooze { $reference } 2 часа

help-snooze = /snooze НОМЕР 2h — напомнить позже
command-snooze = Напомнить позже
