"""Regions by inexact typing: the list is right, and people find what they mean."""

from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.places import OUTSIDE, REGIONS, UNSTATED, name, nearest

ISO_3166_2_RU = """
AD AL ALT AMU ARK AST BA BEL BRY BU CE CHE CHU CU DA IN IRK IVA KAM KB KC KDA KEM KGD KGN KHA KHM KIR KK KL
KLU KO KOS KR KRS KYA LEN LIP MAG ME MO MOS MOW MUR NEN NGR NIZ NVS OMS ORE ORL PER PNZ PRI PSK ROS RYA SA
SAK SAM SAR SE SMO SPE STA SVE TA TAM TOM TUL TVE TY TYU UD ULY VGG VLA VLG VOR YAN YAR YEV ZAB
"""
SHOWN = sorted((region.code, shown) for region in REGIONS.values() for shown in (region.ru, region.en))
TYPED = sorted(
    (region.code, typed)
    for region in REGIONS.values()
    for typed in (region.ru, region.en, *region.also, *region.towns)
)
KEYBOARDS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")
LETTERS = "абвгдежзиклмнопрстуфхцчшщыэюя"


def codes(typed: str) -> list[str]:
    """What would be offered for *typed*, in order."""
    return [match.region.code for match in nearest(typed)]


def sure(typed: str) -> str | None:
    """What would be taken for *typed* without asking."""
    found = nearest(typed)
    return found[0].region.code if found and found[0].sure else None


def test_the_subjects_are_iso_3166_2s() -> None:
    """Exactly the 83 codes of ISO 3166-2:RU are listed, and the two answers that are no subject."""
    subjects = {f"RU-{code}" for code in ISO_3166_2_RU.split()}
    assert len(subjects) == 83
    assert set(REGIONS) == subjects | {OUTSIDE, UNSTATED}


def test_every_zone_is_known() -> None:
    """Every region's time zone is one of IANA's."""
    assert {region.zone for region in REGIONS.values()} <= available_timezones()


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("RU-KGD", "Europe/Kaliningrad"),
        ("RU-SAM", "Europe/Samara"),
        ("RU-UD", "Europe/Samara"),
        ("RU-PER", "Asia/Yekaterinburg"),
        ("RU-AL", "Asia/Barnaul"),
        ("RU-TY", "Asia/Krasnoyarsk"),
        ("RU-BU", "Asia/Irkutsk"),
        ("RU-SA", "Asia/Yakutsk"),
        ("RU-YEV", "Asia/Vladivostok"),
        ("RU-CHU", "Asia/Anadyr"),
    ],
)
def test_a_regions_zone_is_its_capitals(code: str, zone: str) -> None:
    """A subject without a time zone of its own name has its capital's."""
    assert REGIONS[code].zone == zone


def test_shown_names_differ() -> None:
    """No two regions are shown by the same name, and every place has towns to be known by."""
    assert (
        len({region.ru for region in REGIONS.values()})
        == len({r.en for r in REGIONS.values()})
        == len(REGIONS)
    )
    assert {code for code, region in REGIONS.items() if not region.towns} == {UNSTATED}


def test_a_name_is_shown_in_the_persons_language() -> None:
    """Russian names for Russian, English for all else; a code that is not listed is an error."""
    assert name("RU-TA", "ru") == "Татарстан"
    assert name("RU-TA", "en") == "Tatarstan"
    with pytest.raises(KeyError):
        name("RU-XXX", "ru")


@pytest.mark.parametrize(("code", "shown"), SHOWN)
def test_a_shown_name_is_sure(code: str, shown: str) -> None:
    """Typing a region's name as shown finds it first and surely, in any case of letters."""
    for typed in (shown, shown.upper(), f"  {shown.lower()}. "):
        assert sure(typed) == code


@pytest.mark.parametrize(("code", "typed"), TYPED)
def test_every_listed_name_is_found(code: str, typed: str) -> None:
    """Every alias and town finds its region with full score, alone or beside others of the same name."""
    assert code in [match.region.code for match in nearest(typed) if match.score == 100]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("в Казани", "RU-TA"),
        ("казань", "RU-TA"),
        ("Kazan", "RU-TA"),
        ("v Kazani", "RU-TA"),
        ("rfpfym", "RU-TA"),
        ("[f,fhjdcr", "RU-KHA"),
        ("лфяфт", "RU-TA"),
        ("спб", "RU-SPE"),
        ("Питер", "RU-SPE"),
        ("St Petersburg", "RU-SPE"),
        ("Екб", "RU-SVE"),
        ("Нижний", "RU-NIZ"),
        ("НН", "RU-NIZ"),
        ("Ростове-на-Дону", "RU-ROS"),
        ("Rostov-on-Don", "RU-ROS"),
        ("московская обл", "RU-MOS"),
        ("в Московской области", "RU-MOS"),
        ("moscow region", "RU-MOS"),
        ("Moscow", "RU-MOW"),
        ("в Москве", "RU-MOW"),
        ("Набережных Челнах", "RU-TA"),
        ("Naberezhnye Chelny", "RU-TA"),
        ("Yoshkar-Ola", "RU-ME"),
        ("Orekhovo-Zuyevo", "RU-MOS"),
        ("Mytishchi", "RU-MOS"),
        ("Lyubertsy", "RU-MOS"),
        ("Korolyov", "RU-MOS"),
        ("Nizhny Tagil", "RU-SVE"),
        ("Yuzhno-Sakhalinsk", "RU-SAK"),
        ("в Орле", "RU-ORL"),
        ("Орел", "RU-ORL"),
        ("Татария", "RU-TA"),
        ("Yakutia", "RU-SA"),
        ("Республика Алтай", "RU-AL"),
        ("Алтайский край", "RU-ALT"),
        ("Красноярская область", "RU-KYA"),
        ("Krasnodar region", "RU-KDA"),
        ("Химки, МО", "RU-MOS"),
        ("Казань, ул. Баумана", "RU-TA"),
        ("Электросталь Московской области", "RU-MOS"),
        ("Республика Дагестан, Махачкала", "RU-DA"),
        ("Екатиринбург", "RU-SVE"),
        ("Крымск", "RU-KDA"),
        ("в Грузии", OUTSIDE),
        ("Tbilisi", OUTSIDE),
        ("за границей", OUTSIDE),
        ("Южная Осетия", OUTSIDE),
        ("не знаю", UNSTATED),
    ],
)
def test_what_people_type_is_understood(typed: str, code: str) -> None:
    """Case endings, slang, abbreviations, both alphabets and keyboards lead surely to one region."""
    assert sure(typed) == code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Алтай", {"RU-AL", "RU-ALT"}),
        ("новгород", {"RU-NGR", "RU-NIZ"}),
        ("Владик", {"RU-PRI", "RU-SE"}),
        ("Железногорск", {"RU-KRS", "RU-KYA"}),
        ("в Дзержинске", {"RU-NIZ", "RU-MOS"}),
        ("Казанская область", {"RU-TA"}),
        ("Масква", {"RU-MOW"}),
        ("меня задержали вчера в Туле на вокзале", {"RU-TUL"}),
    ],
)
def test_a_doubt_is_asked_about(typed: str, meant: set[str]) -> None:
    """What fits several regions, or fits by chance, is offered and never taken as sure."""
    assert meant <= set(codes(typed))
    assert sure(typed) is None


@pytest.mark.parametrize(
    "typed", ["Крым", "в Крыму", "Crimea", "Севастополь", "Севостополь", "Симферополе", "Донецк"]
)
def test_places_iso_does_not_list_have_no_match(typed: str) -> None:
    """Rather than a wrong region none is offered: the person's words are kept as typed."""
    assert nearest(typed) == ()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "asdfgh",
        "привет",
        "собака",
        "hello",
        "да",
        "нет",
        "🙂",
        "область",
        "12345",
        "в",
        "n",
        "вчера",
    ],
)
def test_rubbish_has_no_match(typed: str) -> None:
    """What resembles no place offers nothing."""
    assert nearest(typed) == ()


def test_the_number_of_matches_is_limited() -> None:
    """No more regions are offered than asked for, and none for a limit of nothing."""
    assert len(nearest("Красно", 2)) == 2
    assert nearest("Казань", 0) == nearest("Казань", -1) == ()


@given(st.text(max_size=300) | st.text(LETTERS + " -,.", max_size=60) | st.text(min_size=4096, max_size=4096))
def test_any_text_is_taken(typed: str) -> None:
    """No text raises; matches are limited, in order of score, at most the first of them sure."""
    found = nearest(typed)
    assert len(found) <= 4
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert not any(match.sure for match in found[1:])
    assert all(74 <= match.score <= 100 for match in found)


@given(st.sampled_from([pair for pair in SHOWN if len(pair[1]) > 5]), st.data())
def test_one_slip_still_finds_the_region(shown: tuple[str, str], data: st.DataObject) -> None:
    """A letter left out, doubled, swapped with the next or mistyped: the region is among the matches."""
    code, typed = shown
    at = data.draw(st.integers(1, len(typed) - 2))
    letter = data.draw(st.sampled_from(LETTERS))
    swapped = typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
    slips = (typed[:at] + typed[at + 1 :], typed[:at] + typed[at] + typed[at:], swapped)
    assert code in codes(data.draw(st.sampled_from((*slips, typed[:at] + letter + typed[at + 1 :]))))


@given(
    st.sampled_from([pair for pair in SHOWN if pair[1] == REGIONS[pair[0]].ru and "ё" not in pair[1].lower()])
)
def test_the_wrong_keyboard_layout_is_seen_through(shown: tuple[str, str]) -> None:
    """A Russian name typed with the English layout on is found surely."""
    code, typed = shown
    assert sure(typed.lower().translate(KEYBOARDS)) == code
