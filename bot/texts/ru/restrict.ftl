# Кому открыто обращение: обычно всем дежурным, а иногда только тем, кто назван.

notice-restricted = Доступ ограничен: открыть могут только те, кто назван. Добавить человека может координатор: /restrict { $reference }
news-restricted = Есть новое, но доступ ограничен, и до тех, кто назван, сообщение пока не дошло. Добавить человека может координатор: /restrict { $reference }
details-restricted = Открыто только для: { $names }.
message-taken-back = Сообщение убрано.
desk-restricted = доступ ограничен

restricted-to = { $reference }: открыто только для: { $names }. Открыть всем: /restrict { $reference } все
restricted-to-nobody = { $reference }: доступ ограничен, и открыть обращение сейчас некому. Назовите, кому можно: /restrict { $reference } и имена.
restricted-not = { $reference }: открыто всем дежурным и координаторам. Ограничить: /restrict { $reference } и имена.
done-restrict = { $reference }: теперь открыто только для: { $names }. Сообщения об этом обращении из личных чатов остальных убираем, насколько позволяет мессенджер.
done-restrict-blind = Вас среди них нет: вам остаются номер, срочность и статус.
done-unrestrict = { $reference }: снова открыто всем дежурным и координаторам.

told-restricted = { $reference }: доступ ограничен ({ $name }). Открыто только для: { $names }.
told-unrestricted = { $reference }: снова открыто всем дежурным и координаторам ({ $name }).
told-restricted-nobody = { $reference }: доступ ограничен, и открыть обращение больше некому. Назовите, кому можно: /restrict { $reference } и имена.

error-restricted = { $reference }: доступ ограничен, и вас среди названных нет. Если обращение нужно вам для работы, скажите координатору.
error-not-yours-to-restrict = { $reference }: кому открыто обращение, решает координатор или тот, кто им занимается.
error-officer-not-named = { $reference }: этим занимается { $name }. Назовите и это имя или сначала передайте обращение: /assign { $reference } и имя.
error-not-among-named = { $reference }: доступ ограничен, и { $name } не среди тех, кому обращение открыто. Кому открыто: /restrict { $reference }
error-not-for-cases = { $name } не работает с обращениями: назвать можно дежурных и координаторов.
error-not-restricted = { $reference }: и так открыто всем дежурным и координаторам.
usage-restrict = Нужен номер, а за ним имена тех, кому оставить доступ, например: /restrict { $reference } Анна, Борис. Снова открыть всем: /restrict { $reference } все

help-restrict = /restrict НОМЕР ИМЕНА — открыть только названным
command-restrict = Открыть только названным
