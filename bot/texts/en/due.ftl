# Due dates: what has to be done about a report, and by when. The words of one are shown in private only.

due-begin = { $count ->
    [one] { $reference }: { $count } due date.
   *[other] { $reference }: { $count } due dates.
}
due-none = { $reference }: nothing is due. To set a date: /due { $reference } 25.11 18:00 and what has to be done
due-line = No. { $number } · { $at } · { $text }
due-line-bare = No. { $number } · { $at }
due-line-elsewhere = No. { $number } · { $at } · can be read only where the protection is stronger
due-set = { $reference }: due date No. { $number }, { $at } ({ $weekday }). I’ll remind you in time.
due-done = { $reference }: No. { $number } done, { $name }.
due-button-done = ✅ Done: No. { $number }
due-details = Due dates
due-queue-line = { $line } · due { $at }
due-late = { $count ->
    [one] { $count } due date has passed: { $cases }.
   *[other] { $count } due dates have passed: { $cases }.
}
due-at = { $reference } { $at }
due-word-ahead = due { $at }
due-word-now = due now, { $at }
due-word-past = was due { $at }
due-elsewhere = What is due can be read only where the protection is stronger.

due-weekday-1 = Monday
due-weekday-2 = Tuesday
due-weekday-3 = Wednesday
due-weekday-4 = Thursday
due-weekday-5 = Friday
due-weekday-6 = Saturday
due-weekday-7 = Sunday

error-due-in-past = { $reference }: that time has passed. It has to lie ahead, for example: /due { $reference } tomorrow 18:00 and what has to be done
error-due-too-far = A date can’t be set more than ten years ahead. Please check the year.
error-due-too-many = { $reference }: there are { $most } due dates already, and no room for more. Mark what is done: /due { $reference }
error-no-such-due-date = { $reference }: there is no due date No. { $number }, or it is done. What there is: /due { $reference }
error-due-gone = This is done already, or the report is gone.

usage-due = When, and what has to be done? For example: /due { $reference } 3d Call the lawyer, or /due { $reference } 25.11 18:00 File the complaint. Without an hour it is 18:00.
usage-due-text = What has to be done by then? Please add it, for example: /due { $reference } 25.11 18:00 File the complaint
usage-due-ahead = A due date has to lie ahead. For example: /due { $reference } 3d Call the lawyer
usage-due-no-such-day = { $reference }: the calendar has no such day. Please check day and month, for example: 25.11
usage-due-no-such-time = { $reference }: no clock shows that time. They go from 00:00 to 23:59.
usage-due-done = Which one is done? Its number is needed, for example: /due { $reference } done 1. The numbers: /due { $reference }
