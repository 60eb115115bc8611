# Кнопки и слова, которыми их можно заменить.

answer-yes = Да
answer-no = Нет
word-sos = sos
button-report = Сообщить об угрозе
button-sos = 🆘 SOS
button-language = Русский / English
button-back = Назад
button-skip = Пропустить
button-done = Готово
button-more = Ещё варианты
button-less = К первым вариантам
button-send-now = Отправить сейчас
button-send = ✅ Отправить
button-change = Поправить ответ
button-cancel = Не отправлять
button-drop = Стереть
button-go-on = Продолжить
button-as-written = Оставить как написано
button-sos-now = 🆘 Отправить сейчас
button-sos-mistake = Нажато случайно
button-revoke = Отозвать все согласия

language-ru = Русский
language-en = English
