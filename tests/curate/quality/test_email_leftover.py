import pytest
from asking import asked, conversation

from curate.quality.email_leftover import email_leftover
from schemas.example import Example, Message
from schemas.recipe import Quality


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            "It ships today.\n\nOn Mon, Mar 4, 2024 at 10:15 AM Jane Roe <j@x.example> wrote:\n> Where?",
            "reply",
        ),
        ("It ships today.\n\nAm 04.03.2024 um 10:15 schrieb Jane Roe:\n> Wo?", "reply"),
        ("Demain.\n\nLe lun. 4 mars 2024 à 10:15, Jane Roe a écrit :\n> Où ?", "reply"),
        ("Mañana.\n\nEl lun, 4 mar 2024 a las 10:15, Jane Roe escribió:\n> ¿Dónde?", "reply"),
        ("Morgen.\n\nOp ma 4 mrt 2024 om 10:15 schreef Jane Roe <j@x.example>:", "reply"),
        ("Domani.\n\nIl giorno lun 4 mar 2024 alle ore 10:15 Jane Roe ha scritto:", "reply"),
        ("Завтра.\n\nпн, 4 мар. 2024 г. в 10:15, Jane Roe пишет:", "reply"),
        ("It ships today.\n\n-----Original Message-----\nWhere is it?", "reply"),
        ("Heute.\n\n-----Ursprüngliche Nachricht-----\nWo ist es?", "reply"),
        ("---------- Forwarded message ---------\nWhere is it?", "reply"),
        ("It ships.\n\nFrom: Jane Roe\nSent: Monday\nTo: Desk\nSubject: Where?\n\nWhere?", "headers"),
        ("Heute.\n\n*Von:* Jane Roe\n*Gesendet:* Montag\n*An:* Desk\n*Betreff:* Wo?", "headers"),
        ("It ships today.\n\nSent from my iPhone", "device"),
        ("It ships today.\nSent from my Samsung Galaxy smartphone.", "device"),
        ("Heute.\n\nVon meinem iPhone gesendet", "device"),
        ("Demain.\n\nEnvoyé de mon iPhone", "device"),
        ("It ships today.\n\nGet Outlook for iOS", "device"),
        ("It ships today.\n\n--\nJane Roe\nDesk, Fable Outfitters", "signature"),
        ("It ships today.\n\n-- \nJane Roe", "signature"),
        (
            "It ships.\nThis e-mail and any attachments are confidential and intended solely for you.",
            "disclaimer",
        ),
        ("Heute.\nDiese E-Mail enthält vertrauliche Informationen.", "disclaimer"),
    ],
)
def test_what_a_mail_program_leaves_is_seen(answer: str, kind: str) -> None:
    verdict = asked(email_leftover, answer)
    assert verdict is not None
    assert verdict.detail == {"kinds": [kind]}


def test_kinds_are_counted_in_all_turns_but_those_of_tools() -> None:
    asking = "Where is it?\n\nSent from my iPhone"
    verdict = email_leftover(conversation(asking, "Here.\n\n--\nJane"), Quality())
    assert verdict is not None
    assert (verdict.score, verdict.detail) == (2.0, {"kinds": ["device", "signature"]})
    result = Example("id", (Message("tool", asking), Message("assistant", "ok")), "s", 1)
    assert email_leftover(result, Quality()) is None


@pytest.mark.parametrize(
    "answer",
    [
        "> To be or not to be\n\nThat is Hamlet's question.",
        "> > nested\n> quotation",
        "Subject: Your order\n\nDear Jane,\n\nIt ships today.\n\nBest regards,\nAda",
        "To: Jane\nSubject: Your order\n\nIt ships today.",
        "From: where it stands\nthe shop sends it.",
        "In 1851 Melville wrote:\n\n> Call me Ishmael.",
        "On reflection, the author wrote: nothing more.",
        "Was it sent from my iPhone? Yes, it was sent from your iPhone.",
        "| a | b |\n|---|---|\n\n---\n\nThe end.",
        "curate build -- --help",
        "SELECT 1\n--\n" + "FROM t\n" * 12,
        "```\nOn 4 March 2024 Jane wrote:\n> Where?\n--\nJane\n```",
        "The message is confidential, he said.",
        "Zutaten: Mehl\nDauer: 5 Minuten\nOfen: 180 °C",
    ],
)
def test_quotations_letters_and_code_pass(answer: str) -> None:
    assert asked(email_leftover, answer) is None
