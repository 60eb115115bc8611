# Сроки: что и когда надо успеть по обращению. Сами слова срока видны только в личном чате.

due-begin = { $count ->
    [one] { $reference }: { $count } срок.
    [few] { $reference }: { $count } срока.
   *[many] { $reference }: { $count } сроков.
}
due-none = { $reference }: сроков нет. Поставить: /due { $reference } 25.11 18:00 и что надо успеть
due-line = № { $number } · { $at } · { $text }
due-line-bare = № { $number } · { $at }
due-line-elsewhere = № { $number } · { $at } · прочитать можно только там, где защита сильнее
due-set = { $reference }: срок № { $number }, { $at } ({ $weekday }). Напомню вовремя.
due-done = { $reference }: № { $number } сделано, { $name }.
due-button-done = ✅ Сделано: № { $number }
due-details = Сроки
due-queue-line = { $line } · срок { $at }
due-late = { $count ->
    [one] Прошёл { $count } срок: { $cases }.
    [few] Прошло { $count } срока: { $cases }.
   *[many] Прошло { $count } сроков: { $cases }.
}
due-at = { $reference } { $at }
due-word-ahead = срок { $at }
due-word-now = срок сейчас, { $at }
due-word-past = срок прошёл { $at }
due-elsewhere = О чём этот срок, можно прочитать только там, где защита сильнее.

due-weekday-1 = понедельник
due-weekday-2 = вторник
due-weekday-3 = среда
due-weekday-4 = четверг
due-weekday-5 = пятница
due-weekday-6 = суббота
due-weekday-7 = воскресенье

error-due-in-past = { $reference }: это время уже прошло. Нужно то, что впереди, например: /due { $reference } завтра 18:00 и что надо успеть
error-due-too-far = Больше чем на десять лет вперёд поставить срок нельзя. Проверьте год.
error-due-too-many = { $reference }: сроков уже { $most }, больше не помещается. Отметьте сделанное: /due { $reference }
error-no-such-due-date = { $reference }: срока № { $number } нет или он уже отмечен. Что есть: /due { $reference }
error-due-gone = Этот срок уже отмечен, или обращения больше нет.

usage-due = Когда и что надо успеть? Например: /due { $reference } 3d Позвонить адвокату, или /due { $reference } 25.11 18:00 Подать жалобу. Без времени считаем до 18:00.
usage-due-text = Что надо успеть к этому времени? Допишите, например: /due { $reference } 25.11 18:00 Подать жалобу
usage-due-ahead = Срок бывает только впереди. Например: /due { $reference } 3d Позвонить адвокату
usage-due-no-such-day = { $reference }: такого дня в календаре нет. Проверьте число и месяц, например: 25.11
usage-due-no-such-time = { $reference }: такого времени на часах нет. Часы идут от 00:00 до 23:59.
usage-due-done = Какой срок сделан? Нужен его номер, например: /due { $reference } done 1. Номера: /due { $reference }
