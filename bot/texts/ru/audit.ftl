# Журнал доступа: кто что открывал и у кого менялись права. Ни слова из самих обращений.

audit-case = { $reference }: журнал доступа, новое сверху.
audit-person = { $name }: журнал доступа, новое сверху.
audit-nothing = Записей об этом нет.
audit-line = { $number } · { $at } · { $who } · { $what }
audit-of-case = { $what } { $reference }
audit-of-person = { $what }: { $who }
audit-more = Раньше этого ещё { $count }: /audit { $whom } { $number }
audit-former = бывший сотрудник { $id }
audit-operator = командная строка
audit-hotline = сама линия
audit-reporter = кто обратился

audit-read = чтение
audit-file = файл
audit-export = выгрузка
audit-erase-asked = просьба уничтожить
audit-erase-dropped = просьба уничтожить снята
audit-erased = уничтожение
audit-sealed = запечатано
audit-unsealed = распечатано
audit-backup = резервная копия
audit-restored = восстановление из копии
audit-keys-rotated = смена ключей
audit-invited = приглашение
audit-joined = вход по приглашению
audit-linked = второй мессенджер
audit-role = смена роли
audit-revoked = доступ отозван
audit-bound = комната подключена
audit-unbound = комната отключена
audit-restricted = в числе тех, кому открыто
audit-unrestricted = открыто всем
audit-audit-read = просмотр журнала

daily-audit = Журнал доступа: { $head }. Сохраните это сообщение: по нему видно, если записи переписали.

usage-audit = Чей журнал показать? По обращению: /audit K7F-3QX, по человеку: /audit Анна
help-audit = /audit НОМЕР или ИМЯ — кто что открывал
command-audit = Кто что открывал
