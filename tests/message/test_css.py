"""Style sheets of strangers: looks stay, and nothing else does."""

import pytest

from pillarbox.message import css


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("color:red", "color:red"),
        (" COLOR : Red ; ; margin:0 auto!important", "color:Red;margin:0 auto!important"),
        ("font-family:'Segoe UI',\"Arial\"", "font-family:'Segoe UI',\"Arial\""),
        ("width:calc(100% - 20px)", "width:calc(100% - 20px)"),
        ("background:linear-gradient(red, rgba(0,0,0,.5))", "background:linear-gradient(red, rgba(0,0,0,.5))"),
        ("color:red/* a;b */;margin:0", "color:red;margin:0"),
        ("position:fixed;top:0;left:0;z-index:9", ""),
        ("content:'x'", ""),
        ("behavior:url(x);-moz-binding:url(y)", ""),
        ("width:expression(alert(1))", ""),
        ("background:url(http://x/)", ""),
        ("background:#fff url('http://x/;y') no-repeat", "background:#fff no-repeat"),
        ("background:\\75rl(x)", ""),
        ("background:u\\rl(x)", ""),
        ("background:image-set('x' 1x)", ""),
        ("color:r}ed", ""),
        ("color:</style>", ""),
        ("--x:1;color:var(--x)", ""),
        ("height:100vh;min-height:50dvh;width:50vw", "width:50vw"),
        ("width:9999999px", ""),
        ("color:'red", ""),
        ("color:red)", ""),
        ("font-family:'\\'", ""),
        ("font-family:\"a'</style\u2003>'b\"", ""),
        ("animation:x 1s;transition:all 1s;transform:none;filter:none", ""),
        ("cursor:url(x),auto", ""),
    ],
)  # fmt: skip
def test_of_declarations_stay_those_that_only_change_looks(written: str, kept: str) -> None:
    assert css.declarations(written) == kept
    assert css.declarations(kept) == kept


@pytest.mark.parametrize(
    "written", ["background:url(x)", "background: url( 'x' )", 'background:URL("x") ', "background:url(x),url(y)"]
)
def test_a_background_is_fetched_from_where_we_say(written: str) -> None:
    assert css.declarations(written, lambda url: f"/p?{url}").startswith('background:url("/p?x")')


def test_other_properties_fetch_nothing() -> None:
    for name in ("list-style", "border-image", "cursor", "content", "mask", "filter", "src", "quotes", "font"):
        assert css.declarations(f"{name}:url(x)", lambda url: "/p") == ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("p{color:red}", ".mail p{color:red}"),
        ("body,html{margin:0}", ".mail,.mail{margin:0}"),
        ("html body .a{color:red}", ".mail .m-a{color:red}"),
        ("table.x td > a:hover{color:red}", ".mail table.m-x td>a:hover{color:red}"),
        ("*{margin:0}", ".mail *{margin:0}"),
        (".a, [href], .b::before, .c{color:red}", ".mail .m-a,.mail .m-c{color:red}"),
        ("@import url(x);p{color:red}", ".mail p{color:red}"),
        ("@charset 'x';@font-face{src:url(x)}p{color:red}", ".mail p{color:red}"),
        ("@media (width:6px){p{width:1%}} a{color:red}", "@media (width:6px){.mail p{width:1%}}.mail a{color:red}"),
        ("@media only screen and (width:6px){.w{top:0;order:1}}", "@media only screen and (width:6px){.mail .m-w{order:1}}"),
        ("@media(prefers-color-scheme:dark){p{color:#fff}}", "@media(prefers-color-scheme:dark){.mail p{color:#fff}}"),
        ("@media x{@media y{p{color:red}}}", "@media x{}"),
        ("@supports(color:red){p{color:red}} a{color:red}", ".mail a{color:red}"),
        ("<!-- p{color:red} -->", ".mail p{color:red}"),
        ("p{color:red", ".mail p{color:red}"),
        ("@media x{p{color:red}", "@media x{.mail p{color:red}}"),
        ("}}p{color:red}", ".mail p{color:red}"),
        ("p{background:url(x)}", ""),
        ("a\\:b{color:red}", ""),
    ],
)  # fmt: skip
def test_rules_apply_within_the_message(written: str, kept: str) -> None:
    assert css.sheet(written) == kept
