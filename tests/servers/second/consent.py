"""The pages that people see."""

from __future__ import annotations

from html import escape

PAGE = "<!doctype html><title>{title}</title><h1>{title}</h1>{body}"


def asks_to_sign_in(client_id: str, user_code: str = "") -> str:
    """Who are you, and do you allow this: one form, which comes back to the address of the page."""
    kept = f'<input type="hidden" name="user_code" value="{escape(user_code)}">' if user_code else ""
    body = f"""<p>{escape(client_id)} asks for access.
<form method="post" action="">{kept}
<input name="login" placeholder="name"><input type="password" name="password">
<input type="hidden" name="confirm" value="yes">
<button type="submit">Allow</button> <button type="submit" name="abort" value="yes">Refuse</button>
</form>"""
    return PAGE.format(title="Sign in", body=body)


def asks_for_code() -> str:
    """What the device shows."""
    body = '<form method="post" action="/device"><input name="user_code"><button type="submit">Continue</button></form>'
    return PAGE.format(title="Enter the code of your device", body=body)


def says(words: str) -> str:
    return PAGE.format(title=escape(words), body="")
