# Рабочее место дежурных. В комнате звучит только то, что не раскрывает обращения.

desk-words = { $words }
desk-name = { $name }
desk-nobody = пока ничьё
desk-former = бывший сотрудник
desk-head = { $reference } · { $mark } · { $word }
desk-waits = ждёт { $age }
desk-wrote = новое сообщение
desk-undelivered = ответ не доставлен
desk-how-to-reply = Чтобы ответить человеку, ответьте на это сообщение или напишите /reply { $reference } и текст.
desk-how-to-close = Закрыть: /close { $reference } решено
desk-unknown-command = Такой команды нет. Что можно: /help
desk-went-nowhere = Эти слова никому не ушли. Чтобы ответить человеку, ответьте на сообщение об обращении или напишите /reply, номер и текст. Что ещё можно: /help
desk-answered-too-soon = Это сообщение только что пришло, и ваш ответ успел раньше, чем мы его отметили: ответ никому не ушёл. Ответьте на то же сообщение ещё раз.

desk-channel-telegram = Telegram
desk-channel-matrix = Matrix
desk-channel-sandbox = учебный чат
desk-channel-mail = почта
desk-channel-other = другой мессенджер

desk-button-ack = Принять
desk-button-take = Взять
desk-button-details = Подробности
desk-button-release = Вернуть в очередь
desk-button-wait = Отложить на 2 дня
desk-button-reopen = Открыть снова
desk-button-send = Отправить человеку
desk-button-keep = Оставить заметкой
desk-button-erase = Уничтожить
desk-button-revoke = Отозвать
desk-button-bind = Перенести сюда
desk-button-dismiss = Отмена

mark-urgent = СРОЧНО
mark-high = ВАЖНО
mark-normal = обычное

stand-new = не принято
stand-acknowledged = принято
stand-in_progress = в работе
stand-waiting = отложено
stand-closed = закрыто

age-minutes = { $minutes } мин
age-hours = { $hours } ч
age-hours-minutes = { $hours } ч { $minutes } мин
age-days = { $days } дн

role-officer = дежурный
role-coordinator = координатор
role-council = совет

## Уведомления

notice-older = продолжение ниже
notice-opened = Новое обращение.
notice-released = Снова в очереди: нужен дежурный.
notice-assigned = Поручено вам.
notice-read-here = Подробности: кнопкой или /case { $reference }
notice-read-in-private = Подробности откроются в личном чате.
held-acknowledged = Принято: { $name }, { $at }.
held-acknowledged-nobody = Принято { $at }, но сейчас этим никто не занимается.
held-in-progress = Этим занимается { $name }.
held-in-progress-nobody = Сейчас этим никто не занимается.
held-waiting = Отложено до: { $until }. Этим занимается { $name }.
held-waiting-nobody = Отложено до: { $until }. Сейчас этим никто не занимается.
held-assigned = Поручено: { $name }. Ещё не принято.
held-closed = Закрыто { $at }.

escalated-acknowledge = Обращение никто не принял. Нажмите «Принять», если видите это.
escalated-again = Это повторный вызов.
escalated-last = Позвали уже всех.
escalated-first-reply = Человек до сих пор без ответа. Принято: { $name }.
escalated-first-reply-nobody = Человек до сих пор без ответа, и сейчас этим никто не занимается.
escalated-quiet = Давно без движения. Этим занимается { $name }.
escalated-quiet-nobody = Давно без движения, и сейчас этим никто не занимается.
escalated-wait = Срок, на который обращение отложили, вышел. Этим занимается { $name }.
escalated-wait-nobody = Срок, на который обращение отложили, вышел, и сейчас этим никто не занимается.

news = { $reference }: новое сообщение. Откроется в личном чате.
news-closed = { $reference }: новое сообщение, а обращение закрыто. Откроется в личном чате.
wrote-closed = Обращение закрыто и само не откроется.
undelivered-what-now = Мессенджер не принял ваш ответ. Человек мог заблокировать бота. Посмотрите в подробностях, есть ли другой способ связи.
opened-in-private = { $reference }: открыто в личном чате. { $name }
told-erased = { $reference }: обращения здесь больше нет. Сообщения о нём убираем.
told-taken-over = { $reference }: теперь этим занимается { $name }.
told-room-lost = Меня убрали из комнаты дежурных. Обращения теперь приходят каждому в личный чат. Верните меня в группу и напишите там /bind staff
told-parked = Одно входящее сообщение до вас не дошло: сломалось что-то у нас. Оно сохранено, пусть посмотрит тот, кто ведёт сервер. Того, кто писал, попросили написать ещё раз.
may-be-repeat = (Возможно, это сообщение уже приходило.)
file-not-yet = { $reference }: файл ещё загружается. Откройте подробности чуть позже.
file-not-here = { $reference }: файл здесь открыть нельзя.

## Подробности

details-sos = 🆘 Это срочный вызов.
details-elsewhere = Рассказ пришёл туда, где защита сильнее ({ $channel }). Прочитать его можно только там.
details-answer = { $label }: { $answer }
details-consent = { $label }: { $answer } ({ $at })
details-resolution = Итог: { $resolution }
details-history = История
details-account = Рассказ
details-acts = Что случилось
details-acts_words = Своими словами
details-timing = Когда происходит
details-date = Дата
details-date_at = Дата понята так
details-region = Регион
details-place = Место
details-location = На карте
details-about = О ком
details-defender = Чем занимается
details-perpetrator = Кто за этим стоит
details-perpetrator_words = Кто за этим стоит, своими словами
details-detention = Если задержали
details-needs = Что поможет
details-needs_words = Что поможет, своими словами
details-contact = Как и когда связаться
details-evidence = О файлах
details-corrections = Исправления
details-safety = Может писать
details-more = Ещё
details-consent_partners = Рассказать партнёрам
details-consent_authorities = Обратиться к властям
details-consent_un = Сообщить в ООН
details-consent_public = Рассказать публично
details-files-stored = { $count ->
    [one] { $count } файл идёт следом.
    [few] { $count } файла идут следом.
   *[many] { $count } файлов идут следом.
}
details-files-pending = { $count ->
    [one] { $count } файл ещё загружается.
    [few] { $count } файла ещё загружаются.
   *[many] { $count } файлов ещё загружаются.
}
details-files-failed = { $count ->
    [one] { $count } файл получить не удалось.
    [few] { $count } файла получить не удалось.
   *[many] { $count } файлов получить не удалось.
}
details-files-elsewhere = { $count ->
    [one] { $count } файл открывается только там, куда пришёл.
    [few] { $count } файла открываются только там, куда пришли.
   *[many] { $count } файлов открываются только там, куда пришли.
}

entry-line = { $at }: { $what }
entry-elsewhere = { $at }: запись видна только там, где защита сильнее ({ $channel }).
entry-files = { $count ->
    [one] (с ним { $count } файл)
    [few] (с ним { $count } файла)
   *[many] (с ним { $count } файлов)
}
entry-opened = обращение пришло
entry-message =
    нам
    { $body }
entry-corrected =
    нам, исправлено
    { $body }
entry-reply =
    мы ({ $name })
    { $body }
entry-note =
    заметка ({ $name })
    { $body }
entry-acknowledged = принято: { $name }
entry-assigned = поручено: { $to } ({ $name })
entry-released = возвращено в очередь ({ $name })
entry-severity-changed = теперь { $to } ({ $name })
entry-status-changed = { $status } ({ $name })
entry-closed = закрыто, { $resolution } ({ $name })
entry-reminded = напомнили: { $to }
entry-reminded-nobody = напомнить было некому
entry-escalated = позвали: { $to }
entry-escalated-nobody = позвать было некого
entry-consent-changed = согласия изменились
entry-undelivered = ответ не доставлен

## Сделано

done-ack = { $reference }: принято, { $name }.
done-take = { $reference }: этим занимается { $name }.
done-release = { $reference }: снова в очереди.
done-assign = { $reference }: поручено, { $name }.
done-severity = { $reference }: теперь { $severity }.
done-wait = { $reference }: отложено до: { $until }. Если человек напишет, вернётся раньше.
done-reply = { $reference }: ответ уходит человеку.
done-note = { $reference }: заметка записана, её видят только дежурные.
done-close = { $reference }: закрыто.
done-reopen = { $reference }: снова открыто, этим занимается { $name }.
done-revoke = { $name }: доступ отозван, незакрытые обращения снова в очереди.
    Из комнаты дежурных мы никого не исключаем: уберите этого человека оттуда сами.
done-language = Дальше говорим по-русски.
done-bind =
    Теперь это комната дежурных. Сюда приходят номера, срочность и сроки новых обращений.
    Содержания здесь не будет: оно открывается каждому в личном чате.
done-unbind = Больше не комната дежурных: обращения сюда не приходят. Вернуть: /bind staff
done-dismiss = Хорошо, ничего не изменилось.
bound-already = Это уже комната дежурных.
bound-elsewhere = Комната дежурных теперь в другой группе. Сюда обращения больше не приходят.
code-in-private = Код ждёт в личном чате. { $name }

ask-held = { $reference }: кому эти слова? Можно и командой: /reply { $reference } или /note { $reference }.
ask-revoke =
    Отозвать доступ: { $name }?
    { $cases ->
        [0] Открытых обращений за этим человеком нет.
        [one] В очередь вернётся { $cases } обращение.
        [few] В очередь вернутся { $cases } обращения.
       *[many] В очередь вернутся { $cases } обращений.
    } Можно и командой: /revoke { $name } да
ask-bind =
    Комната дежурных уже есть в другой группе. Перенести её сюда?
    Можно и командой: /bind staff да
ask-language = На каком языке вам удобнее?

## Люди

link-code =
    Код для второго мессенджера:
    { $code }
    Отправьте мне оттуда в личном чате: /join { $code }
    Код действует 24 часа и только один раз.
invite-code =
    Приглашение: { $name }, { $role }.
    Передайте код лично или по защищённой связи: { $code }
    Получив его, нужно написать мне в личном чате: /join { $code }
    Код действует 24 часа и только один раз.
joined-already = { $name }, вы уже здесь. Что можно: /help
welcome-officer =
    Здравствуйте, { $name }. Вы среди дежурных.
    Сначала проверьте, что вызов вас разбудит: /test_alert
    Потом посмотрите, что открыто: /queue
    Новое обращение придёт с кнопкой «Принять». Чтобы ответить человеку, просто ответьте на сообщение об обращении.
    Все команды: /help. Второй мессенджер: /link
welcome-coordinator =
    Здравствуйте, { $name }. Вы координатор.
    1. Добавьте меня в группу дежурных и напишите там /bind staff
    2. Позовите дежурных: /invite officer и имя
    3. Проверьте, что вызов вас разбудит: /test_alert
    Как всё идёт: /status. Все команды: /help
welcome-council =
    Здравствуйте, { $name }. Вам открыты цифры центра, без самих обращений.
    За месяц: /stats 30d. Что ещё можно: /help
welcome-linked = { $name }, этот мессенджер тоже ваш. Проверьте вызов: /test_alert

test-on-its-way = Проверочный вызов уходит: { $name }, { $channel }. Если не придёт за минуту, напишите координатору.
test-head = ПРОВЕРКА · СРОЧНО · ждёт 0 мин
test-what =
    Так выглядит и звучит срочное обращение. Это проверка, отвечать никому не нужно.
    Если звук был тихим, включите уведомления для этого чата. Потом нажмите «Принять».
test-received = ✅ Вызов дошёл, вы на связи.

## Обзор

queue-empty = Открытых обращений нет.
queue-begin = { $count ->
    [one] Открыто { $count } обращение.
    [few] Открыто { $count } обращения.
   *[many] Открыто { $count } обращений.
}
queue-line = { $reference } · { $severity } · { $age } · { $status } · { $officer }
queue-line-overdue = { $reference } · { $severity } · { $age } · { $status } · { $officer } · просрочено
queue-more = { $count ->
    [one] и ещё { $count }
    [few] и ещё { $count }
   *[many] и ещё { $count }
}
overdue-none = Просроченных обращений нет.
overdue-begin = { $count ->
    [one] Просрочено { $count } обращение.
    [few] Просрочено { $count } обращения.
   *[many] Просрочено { $count } обращений.
}

now-open = Открыто { $total }: срочных { $urgent }, важных { $high }, обычных { $normal }.
now-unacknowledged = Не принято { $count } ({ $cases }).
now-unacknowledged-none = Не принято 0.
now-overdue = Просрочено { $count } ({ $cases }).
now-overdue-none = Просрочено 0.
now-case = { $reference }, { $age }
now-age = { $severity } { $age }
now-oldest = Дольше всего: { $ages }.
now-oldest-none = Никто не ждёт.
now-day = За сутки: пришло { $opened }, закрыто { $closed }.
now-delivery-well = Доставка: всё уходит.
now-delivery = Доставка: не ушло за сутки { $failed }, застряло { $stuck }.

stats-begin = Цифры за { $span }.
stats-total = Пришло: { $count }
stats-opened = Срочных { $urgent }, важных { $high }, обычных { $normal }
stats-closed = Закрыто: { $count }
stats-few = <5
stats-acknowledged = До «принято» обычно { $middle }; вовремя { $share } %
stats-acknowledged-middle = До «принято» обычно { $middle }
stats-acknowledged-share = До «принято»: вовремя { $share } %
stats-acknowledged-none = До «принято»: данных мало
stats-replied = До первого ответа обычно { $middle }; вовремя { $share } %
stats-replied-middle = До первого ответа обычно { $middle }
stats-replied-share = До первого ответа: вовремя { $share } %
stats-replied-none = До первого ответа: данных мало

## Что не так

error-unexpected = Не получилось, и мы пока не знаем почему. Попробуйте ещё раз чуть позже.
error-case-not-found = { $reference }: такого обращения нет. Проверьте номер или посмотрите в /queue
error-language-not-spoken = На этом языке мы пока не говорим. Выбрать из тех, что есть: /language
error-not-allowed = Для этого нужна другая роль. Что можно вам: /help
error-already-acknowledged = { $reference }: уже принято, { $name }. Забрать себе: /take { $reference }
error-already-yours = { $reference }: этим уже занимаетесь вы.
error-case-closed = { $reference }: уже закрыто. Открыть снова: /reopen { $reference }
error-case-not-closed = { $reference }: и так открыто.
error-not-on-case = { $reference }: этим занимаетесь не вы. Вернуть может тот, кто занимается, или координатор.
error-no-such-staff = Не нашли, кто это: { $name }. Имена: /oncall
error-name-taken = Имя { $name } уже занято. Добавьте фамилию или букву.
error-last-coordinator = Это единственный координатор: без него некому будет приглашать. Сначала пригласите другого.
error-invitation-invalid = Код не подошёл: в нём ошибка, он уже использован или прошло больше 24 часов. Попросите новый.
error-address-taken = Этот мессенджер уже связан с кем-то из сотрудников.
error-no-such-room = Эта группа не комната дежурных. Координатор может сделать её такой: /bind staff
error-no-change = { $reference }: так и есть, менять нечего.
error-reporter-unreachable = { $reference }: писать некуда, человек закрыл чат с нами. Посмотрите в подробностях другой способ связи.
error-no-private-chat = Здесь этого показать нельзя, а личного чата с вами нет. Откройте личный чат со мной, нажмите «Старт» и повторите.
error-only-in-private = { $command } работает только в личном чате со мной.
error-only-in-room = { $command } пишут в самой группе: добавьте меня туда и повторите там.
error-already-decided = С этими словами уже решено, или написали их не вы.
error-nothing-to-send = { $reference }: в ответе нет ни слов, ни файла. Напишите его ещё раз.

usage-reference = Нужен номер обращения, например: { $command } K7F-3QX
usage-reply = Нужны номер и текст, например: /reply { $reference } Адвокат выехал к вам.
usage-note = Нужны номер и текст, например: /note { $reference } Позвонить утром.
usage-assign = Нужны номер и имя, например: /assign { $reference } Анна
usage-severity = Нужны номер и срочность: срочно, важно или обычное. Например: /severity { $reference } важно
usage-wait = Нужны номер и срок, например: /wait { $reference } 2 дня
usage-close =
    Нужны номер и итог, например: /close { $reference } решено
    Итоги: решено, передано, огласка, не по профилю, повтор, связь потеряна, отозвано, не подтвердилось. Потом можно добавить пояснение.
usage-stats = За сколько дней посчитать? Например: /stats 7d
usage-bind = Напишите в группе дежурных: /bind staff
usage-invite = Нужны роль и имя, например: /invite officer Анна. Роли: officer (дежурный), coordinator (координатор), council (совет).
usage-invite-name = С такого слова имя начинаться не может: команды примут его за своё. Возьмите другое, например: /invite officer Анна
usage-revoke = Чей доступ отозвать? Например: /revoke Анна
usage-join = Нужен код приглашения, например: /join ABCD-EFGH-JKLM

## Помощь и меню

help-begin = Новое обращение приходит с кнопками. Всё, что они делают, можно и написать. НОМЕР выглядит как K7F-3QX.
help-how-to-reply = Чтобы ответить человеку, ответьте в личном чате на сообщение об обращении. В комнате сначала спросим, кому ваши слова.
help-council = Вам открыты цифры. Сами обращения видят только дежурные.
help-queue = /queue — что открыто
help-case = /case НОМЕР — подробности
help-ack = /ack НОМЕР — принять
help-take = /take НОМЕР — взять себе
help-reply = /reply НОМЕР ТЕКСТ — ответить человеку
help-note = /note НОМЕР ТЕКСТ — заметка для своих
help-wait = /wait НОМЕР 2d — отложить
help-due = /due НОМЕР 25.11 18:00 ТЕКСТ — поставить срок
help-close = /close НОМЕР ИТОГ — закрыть
help-release = /release НОМЕР — вернуть в очередь
help-assign = /assign НОМЕР ИМЯ — поручить
help-severity = /severity НОМЕР срочно, важно или обычное
help-reopen = /reopen НОМЕР — открыть снова
help-rota = /rota — расписание
help-oncall = /oncall — кто дежурит
help-take-shift = /take_shift ДЕНЬ — взять чужую смену
help-swap = /swap ДЕНЬ ИМЯ — поменяться сменами
help-handover = /handover — принять смену
help-test-alert = /test_alert — проверить вызов
help-link = /link — второй мессенджер
help-language = /language — язык
help-help = /help — эта подсказка
help-status = /status — как всё идёт
help-overdue = /overdue — что просрочено
help-stats = /stats 30d — цифры
help-shift = /shift ИМЯ ДЕНЬ ЧАСЫ — поставить на смену
help-bind = /bind staff — сделать группу комнатой дежурных
help-unbind = /unbind — больше не комната дежурных
help-invite = /invite РОЛЬ ИМЯ — пригласить
help-revoke = /revoke ИМЯ — отозвать доступ
help-erase = /erase НОМЕР — уничтожить обращение

command-queue = Что открыто
command-case = Подробности обращения
command-ack = Принять обращение
command-take = Взять себе
command-reply = Ответить человеку
command-note = Заметка для своих
command-wait = Отложить
command-due = Поставить срок
command-close = Закрыть
command-release = Вернуть в очередь
command-assign = Поручить коллеге
command-severity = Поменять срочность
command-reopen = Открыть снова
command-rota = Расписание
command-oncall = Кто дежурит
command-take-shift = Взять чужую смену
command-swap = Поменяться сменами
command-shift = Поставить на смену
command-handover = Принять смену
command-test-alert = Проверить вызов
command-link = Второй мессенджер
command-status = Как всё идёт
command-overdue = Что просрочено
command-stats = Цифры
command-bind = Сделать группу комнатой дежурных
command-unbind = Больше не комната дежурных
command-invite = Пригласить
command-revoke = Отозвать доступ
command-erase = Уничтожить обращение
