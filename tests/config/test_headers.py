from django.http import HttpResponse
from django.test import RequestFactory

from config.headers import ResponseHeaders


def answer(*, cookies=None, view=lambda request: HttpResponse("x")):
    request = RequestFactory().get("/")
    request.COOKIES = cookies or {}
    return ResponseHeaders(view)(request).headers


def test_headers_keep_a_page_behind_log_in_out_of_caches(settings):
    assert answer(cookies={settings.SESSION_COOKIE_NAME: "x"})["Cache-Control"] == "no-store"
    assert "Cache-Control" not in answer()


def test_headers_leave_a_view_its_own_cache_control(settings):
    view = lambda request: HttpResponse("x", headers={"Cache-Control": "private, max-age=60"})  # noqa: E731

    assert answer(cookies={settings.SESSION_COOKIE_NAME: "x"}, view=view)["Cache-Control"] == "private, max-age=60"


def test_headers_of_every_page(client, db):
    headers = client.get("/accounts/login/").headers

    directives = {directive.strip() for directive in headers["Content-Security-Policy"].split(";")}
    assert directives == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    }
    assert {
        name: headers.get(name)
        for name in (
            "Cross-Origin-Opener-Policy",
            "Cross-Origin-Resource-Policy",
            "Referrer-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
        )
    } == {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    assert "camera=()" in headers["Permissions-Policy"]
