from pillarbox.proto.imap.encode.envelope import Envelope, MailAddress, addresses, envelope

GRAY = MailAddress(b"Terry Gray", None, b"gray", b"cac.washington.edu")


def test_the_example_of_the_rfc() -> None:
    """RFC 9051 §8, less the fields it has twice over."""
    minutes = MailAddress(None, None, b"minutes", b"CNRI.Reston.VA.US")
    klensin = MailAddress(b"John Klensin", None, b"KLENSIN", b"MIT.EDU")
    imap = MailAddress(None, None, b"imap", b"cac.washington.edu")
    of = Envelope(
        date=b"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)",
        subject=b"IMAP4rev2 WG mtg summary and minutes",
        from_=[GRAY],
        to=[imap],
        cc=[minutes, klensin],
        message_id=b"<B27397-0100000@cac.washington.ed>",
    )
    gray = b'(("Terry Gray" NIL "gray" "cac.washington.edu"))'
    assert envelope(of) == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" '
        + gray
        + b" "
        + gray
        + b" "
        + gray
        + b" "
        b'((NIL NIL "imap" "cac.washington.edu")) '
        b'((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) '
        b'NIL NIL "<B27397-0100000@cac.washington.ed>")'
    )


def test_a_message_without_header_has_an_envelope_of_nils() -> None:
    assert envelope(Envelope()) == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_an_empty_field_is_not_an_absent_one() -> None:
    assert envelope(Envelope(subject=b"")).startswith(b'(NIL "" NIL')


def test_sender_and_reply_to_of_their_own_are_kept() -> None:
    other = MailAddress(None, None, b"o", b"example.org")
    assert envelope(Envelope(from_=[GRAY], sender=[other])).count(b'"gray"') == 2
    assert envelope(Envelope(from_=[GRAY], sender=[other], reply_to=[other])).count(b'"gray"') == 1


def test_a_group_is_its_name_its_members_and_an_end() -> None:
    group = [MailAddress(None, None, b"friends", None), GRAY, MailAddress(None, None, None, None)]
    assert addresses(group) == (b'((NIL NIL "friends" NIL)("Terry Gray" NIL "gray" "cac.washington.edu")(NIL NIL NIL NIL))')


def test_raw_8_bit_goes_as_a_literal() -> None:
    assert envelope(Envelope(subject=b"\xfcber")) == b"(NIL {4}\r\n\xfcber NIL NIL NIL NIL NIL NIL NIL NIL)"
