# Списки. Ключ — приставка и код из backend/cases/lists.py.

act-threat = Угрозы
act-death_threat = Угрозы убийством
act-physical_attack = Нападение
act-sexual_violence = Сексуальное насилие
act-arrest = Арест
act-detention = Задержание
act-abduction = Похищение, исчезновение
act-search = Обыск
act-interrogation = Допрос, вызов
act-criminal_case = Уголовное дело
act-administrative_case = Административное дело
act-foreign_agent = Статус «иностранного агента»
act-undesirable = Статус «нежелательной организации»
act-surveillance = Слежка
act-hacking = Взлом
act-doxxing = Публикация личных данных
act-defamation = Клевета
act-travel_ban = Запрет на выезд
act-eviction = Выселение
act-office_closure = Закрытие офиса
act-seizure = Изъятие техники или имущества
act-account_freeze = Блокировка счетов
act-dismissal = Увольнение, отчисление
act-family_pressure = Давление на близких
act-forced_exile = Вынужденный отъезд
act-online_harassment = Травля в интернете
act-other = Другое

perpetrator-police = Полиция
perpetrator-centre_e = Центр «Э»
perpetrator-security_service = ФСБ
perpetrator-investigative_committee = Следственный комитет
perpetrator-prosecutor = Прокуратура
perpetrator-court = Суд
perpetrator-prison_service = ФСИН: колония, СИЗО
perpetrator-military = Военные, военкомат
perpetrator-migration_authority = Миграционная служба
perpetrator-local_authority = Местные власти
perpetrator-federal_authority = Федеральные власти
perpetrator-pro_government_group = Провластные активисты
perpetrator-private_security = Частная охрана
perpetrator-employer = Работодатель
perpetrator-university = Вуз
perpetrator-media = СМИ
perpetrator-corporation = Компания
perpetrator-individual = Частное лицо
perpetrator-unknown = Неизвестно

need-lawyer = Адвокат
need-medical = Медицинская помощь
need-psychological = Психологическая помощь
need-physical_security = Физическая безопасность
need-digital_security = Цифровая безопасность
need-relocation = Помощь с отъездом
need-financial = Деньги
need-family_support = Поддержка семьи
need-publicity = Огласка
need-international_appeal = Обращение в международные органы
need-advice = Совет

about-me = Обо мне
about-other = О другом человеке
about-organisation = Об организации

timing-ongoing = Происходит сейчас
timing-imminent = Вот-вот случится
timing-past = Уже закончилось

consent-no = Нет
consent-unnamed = Да, без имени
consent-named = Да, с именем

severity-urgent = срочно
severity-high = важно
severity-normal = обычное

resolution-resolved = решено
resolution-referred = передано партнёрам
resolution-published_only = только огласка
resolution-out_of_mandate = не по профилю центра
resolution-duplicate = повтор
resolution-unreachable = связь потеряна
resolution-withdrawn = отозвано
resolution-unfounded = не подтвердилось
