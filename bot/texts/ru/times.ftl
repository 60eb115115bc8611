# Время. Промежутки стоят в винительном падеже: «через…», «за…», «ждёт…».

time-today = сегодня в { $clock }
time-yesterday = вчера в { $clock }
time-tomorrow = завтра в { $clock }
time-date = { $date }, { $clock }
time-date-year = { $date } { $year }, { $clock }

time-month-1 = { $day } января
time-month-2 = { $day } февраля
time-month-3 = { $day } марта
time-month-4 = { $day } апреля
time-month-5 = { $day } мая
time-month-6 = { $day } июня
time-month-7 = { $day } июля
time-month-8 = { $day } августа
time-month-9 = { $day } сентября
time-month-10 = { $day } октября
time-month-11 = { $day } ноября
time-month-12 = { $day } декабря

span-moment = меньше минуты
span-minutes = { $count ->
    [one] { $count } минуту
    [few] { $count } минуты
   *[many] { $count } минут
}
span-hours = { $count ->
    [one] { $count } час
    [few] { $count } часа
   *[many] { $count } часов
}
span-days = { $count ->
    [one] { $count } день
    [few] { $count } дня
   *[many] { $count } дней
}
span-both = { $hours } { $minutes }

list-and = { $others }, { $last }
list-none = —

# Строки одного абзаца.
text-lines =
    { $first }
    { $rest }
