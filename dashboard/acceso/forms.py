"""Los formularios de acceso."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from dashboard.acceso.bloqueo import bloqueada


class _SinBloqueo:
    """Antes de mirar un código comprueba que la cuenta no esté bloqueada por intentos."""

    user: Any

    def clean_code(self) -> str:
        if bloqueada(context.request, self.user.get_username()):
            raise get_adapter().validation_error("incorrect_code")
        return str(super().clean_code())  # type: ignore[misc]


class CodigoAlEntrar(_SinBloqueo, AuthenticateForm):
    """El segundo factor al entrar."""


class CodigoOtraVez(_SinBloqueo, ReauthenticateForm):
    """El segundo factor para reforzar la sesión."""


class LlaveNueva(AddWebAuthnForm):
    """Una llave de seguridad: su nombre, en español; lo demás lo pone el navegador."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Nombre de la llave")


class PrimeraContrasena(forms.Form):
    """La contraseña que fija quien abre su enlace de un solo uso."""

    nueva = forms.CharField(
        label=_("Contraseña nueva"),
        help_text=_("Doce caracteres o más."),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repetida = forms.CharField(
        label=_("Otra vez"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, usuario: Any, *args: Any, **kwargs: Any) -> None:
        self.usuario = usuario
        super().__init__(*args, **kwargs)

    def clean_nueva(self) -> str:
        nueva = str(self.cleaned_data["nueva"])
        validate_password(nueva, self.usuario)
        return nueva

    def clean(self) -> dict[str, Any]:
        datos = super().clean() or {}
        if datos.get("nueva") and datos["nueva"] != datos.get("repetida"):
            self.add_error("repetida", _("Las dos contraseñas no coinciden."))
        return datos
