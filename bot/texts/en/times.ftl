# Time.

time-today = today { $clock }
time-yesterday = yesterday { $clock }
time-tomorrow = tomorrow { $clock }
time-date = { $date }, { $clock }
time-date-year = { $date } { $year }, { $clock }

time-month-1 = { $day } January
time-month-2 = { $day } February
time-month-3 = { $day } March
time-month-4 = { $day } April
time-month-5 = { $day } May
time-month-6 = { $day } June
time-month-7 = { $day } July
time-month-8 = { $day } August
time-month-9 = { $day } September
time-month-10 = { $day } October
time-month-11 = { $day } November
time-month-12 = { $day } December

span-moment = under a minute
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-both = { $hours } { $minutes }

list-and = { $others } and { $last }
list-none = —

# The lines of one paragraph.
text-lines =
    { $first }
    { $rest }
