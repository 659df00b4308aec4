"""Los tres roles —leer, operar, administrar— como grupos de Django: cada uno incluye los anteriores."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from dominio.errores import ErrorUsuario

LEER, OPERAR, ADMINISTRAR = "leer", "operar", "administrar"
ROLES = (LEER, OPERAR, ADMINISTRAR)
_EN_USUARIO = "_rol_timonel"

Vista = Callable[..., HttpResponse]


def rol_de(usuario: User | AnonymousUser) -> str:
    """Devuelve el rol más alto del usuario, o cadena vacía si no tiene ninguno o no puede entrar."""
    if not usuario.is_authenticated or not usuario.is_active:
        return ""
    if not hasattr(usuario, _EN_USUARIO):
        grupos = set(usuario.groups.values_list("name", flat=True))
        setattr(usuario, _EN_USUARIO, next((rol for rol in reversed(ROLES) if rol in grupos), ""))
    return str(getattr(usuario, _EN_USUARIO))


def cubre(tiene: str, pide: str) -> bool:
    """Devuelve si un rol o un alcance basta para otro; uno desconocido no basta para nada.

    Raises:
        ValueError: si lo que se pide no es un rol.
    """
    return tiene in ROLES and ROLES.index(tiene) >= ROLES.index(pide)


def puede(usuario: User | AnonymousUser, rol: str) -> bool:
    """Devuelve si el usuario tiene ese rol o uno más alto."""
    return cubre(rol_de(usuario), rol)


def poner_rol(usuario: User, rol: str) -> None:
    """Deja al usuario con ese rol y ningún otro. Raises ErrorUsuario (ACC-03) si no existe."""
    if rol not in ROLES:
        raise ErrorUsuario("ACC-03", f"No existe el rol «{rol}».", f"Hay: {', '.join(ROLES)}.")
    usuario.groups.remove(*Group.objects.filter(name__in=ROLES))
    usuario.groups.add(Group.objects.get_or_create(name=rol)[0])
    if hasattr(usuario, _EN_USUARIO):
        delattr(usuario, _EN_USUARIO)


def exige_rol(rol: str) -> Callable[[Vista], Vista]:
    """Decorador de páginas: sin sesión se va a entrar y se vuelve; sin el rol, 403 (ACC-02)."""
    if rol not in ROLES:
        raise ValueError(rol)

    def decorar(vista: Vista) -> Vista:
        @wraps(vista)
        def guardada(peticion: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not peticion.user.is_authenticated:
                return a_entrar(peticion)
            if not puede(peticion.user, rol):
                from dashboard.acceso.respuestas import denegar

                return denegar(peticion, sin_rol(rol))
            return vista(peticion, *args, **kwargs)

        return guardada

    return decorar


def sin_rol(rol: str) -> ErrorUsuario:
    """Devuelve el error de quien no tiene el rol que hace falta."""
    return ErrorUsuario(
        "ACC-02", f"Hace falta el permiso de {rol}.", "Pídaselo a quien administra esta instalación.", rol=rol
    )


def a_entrar(peticion: HttpRequest) -> HttpResponse:
    """Devuelve la ida a la página de entrada, que vuelve a donde se estaba; a htmx se le dice que cambie de página."""
    destino = peticion.get_full_path() if peticion.method in ("GET", "HEAD") else "/"
    url = f"{reverse('account_login')}?{urlencode({'next': destino})}"
    if peticion.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("account_login")})
    return redirect(url)
