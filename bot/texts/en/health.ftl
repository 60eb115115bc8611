# The hotline itself: when it was down, and what is wrong with it now.

was-down =
    There was a break: { $span }.
    The hotline was not working. Began: { $begun }, ended: { $ended }.
was-down-due = { $count ->
    [one] Meanwhile something fell due on { $count } report: { $cases }.
   *[other] Meanwhile something fell due on { $count } reports: { $cases }.
}
was-down-due-none = Nothing fell due meanwhile.
was-down-more = { $cases } and { $count } more
was-down-opened = { $count ->
    [one] { $count } report came in all the same, and is saved.
   *[other] { $count } reports came in all the same, and are saved.
}
was-down-messages = What people wrote meanwhile is being brought by the messengers now.
was-down-day = That is over a day, and Telegram keeps messages for 24 hours: older ones may be lost.

now-ill = Trouble: { $troubles }.
ill-time = the clocks of the server and the database differ
ill-ticks = regular checks have not run for { $span }
ill-steps = a reminder is { $span } late
ill-waiting = { $channel }: a message has been stuck for { $span }
ill-sending = { $channel } has taken no messages for { $span }
