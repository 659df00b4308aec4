"""De allauth, solo lo que se usa: entrar, salir, reautenticarse, cambiar la contraseña y el segundo factor.

Lo que cambia contraseña o factores pide el factor a quien lo tiene. No hay registro, ni correo, ni recuperación por
correo: esas rutas no existen.
"""

from allauth.account import views as cuenta
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codigos
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as llaves
from django.urls import URLPattern, URLResolver, path

from dashboard.acceso import signals  # noqa: F401 - quien sirve páginas deja constancia de quién entra
from dashboard.acceso.refuerzo import protege_factor

urlpatterns: list[URLPattern | URLResolver] = [
    path("entrar/", cuenta.login, name="account_login"),
    path("salir/", cuenta.logout, name="account_logout"),
    path("inactiva/", cuenta.account_inactive, name="account_inactive"),
    path("confirmar/", cuenta.reauthenticate, name="account_reauthenticate"),
    path("contrasena/", protege_factor(cuenta.password_change), name="account_change_password"),
    path("factor/", factor.index, name="mfa_index"),
    path("factor/entrar/", factor.authenticate, name="mfa_authenticate"),
    path("factor/confirmar/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("factor/codigo/activar/", protege_factor(totp.activate_totp), name="mfa_activate_totp"),
    path("factor/codigo/desactivar/", protege_factor(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("factor/recuperacion/", codigos.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "factor/recuperacion/generar/",
        protege_factor(codigos.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("factor/recuperacion/descargar/", codigos.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("factor/llaves/", llaves.list_webauthn, name="mfa_list_webauthn"),
    path("factor/llaves/nueva/", protege_factor(llaves.add_webauthn), name="mfa_add_webauthn"),
    path("factor/llaves/confirmar/", llaves.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("factor/llaves/<int:pk>/quitar/", protege_factor(llaves.remove_webauthn), name="mfa_remove_webauthn"),
    path("factor/llaves/<int:pk>/editar/", protege_factor(llaves.edit_webauthn), name="mfa_edit_webauthn"),
]
