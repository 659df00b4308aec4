"""Lo que cambia quién entra y con qué: usuarios, enlaces de un solo uso y contraseñas. Todo queda auditado."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from dashboard.acceso.models import EnlaceUnUso
from dashboard.acceso.roles import poner_rol, rol_de
from dominio.errores import ErrorUsuario
from historial.services.registro import publicar_evento, registrar_auditoria

FLUJO = "acceso"
VIDA_ENLACE = timedelta(minutes=15)
_NOMBRE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")


def anotar(accion: str, actor: str, *, ahora: datetime, objeto: str = "", **datos: object) -> None:
    """Deja constancia de algo del acceso en la auditoría y en los eventos, en la misma transacción."""
    with transaction.atomic():
        registrar_auditoria(FLUJO, accion, datos, actor=actor[:64], ahora=ahora, objeto=objeto[:96])
        publicar_evento(FLUJO, accion, {**datos, "actor": actor[:64], "usuario": objeto}, ahora=ahora)


def invitar(nombre: str, rol: str, actor: str, *, ahora: datetime, solo_local: bool = False) -> str:
    """Crea la cuenta si no existe, le pone el rol y devuelve la ficha de su enlace (solo se sabe ahora).

    Los enlaces anteriores de esa cuenta dejan de valer. La contraseña que tuviera sigue valiendo hasta que la cambie.

    Raises:
        ErrorUsuario: ACC-09 si el nombre no vale; ACC-03 si el rol no existe.
    """
    exigir_nombre(nombre)
    ficha = secrets.token_urlsafe(32)
    with transaction.atomic():
        usuario = User.objects.filter(username__iexact=nombre).first() or User.objects.create_user(nombre)
        poner_rol(usuario, rol)
        _anular(usuario, ahora)
        EnlaceUnUso.objects.create(
            usuario=usuario,
            resumen=_resumir(ficha),
            solo_local=solo_local,
            actor=actor[:64],
            creado_en=ahora,
            caduca_en=ahora + VIDA_ENLACE,
        )
        anotar("enlace_creado", actor, ahora=ahora, objeto=usuario.get_username(), rol=rol, solo_local=solo_local)
    return ficha


def enlace_vigente(ficha: str, *, ahora: datetime, local: bool) -> EnlaceUnUso | None:
    """Devuelve el enlace si existe, no se usó, no caducó y se abre desde donde vale; si no, None sin decir por qué."""
    enlace = (
        EnlaceUnUso.objects.select_related("usuario")
        .filter(resumen=_resumir(ficha), usado_en=None, caduca_en__gt=ahora, usuario__is_active=True)
        .first()
    )
    if enlace is None or (enlace.solo_local and not local):
        return None
    return enlace


def fijar_primera_contrasena(enlace: EnlaceUnUso, contrasena: str, *, ahora: datetime) -> User:
    """Gasta el enlace, pone la contraseña y devuelve la cuenta. De dos a la vez, solo una lo consigue.

    Raises:
        ErrorUsuario: ACC-10 si el enlace ya no vale.
    """
    with transaction.atomic():
        gastado = EnlaceUnUso.objects.filter(pk=enlace.pk, usado_en=None, caduca_en__gt=ahora).update(usado_en=ahora)
        if gastado != 1:
            raise enlace_muerto()
        usuario = enlace.usuario
        usuario.set_password(contrasena)
        usuario.save(update_fields=["password"])
        anotar(
            "contrasena_fijada", usuario.get_username(), ahora=ahora, objeto=usuario.get_username(), rol=rol_de(usuario)
        )
    return usuario


def retirar(nombre: str, actor: str, *, ahora: datetime) -> bool:
    """Desactiva una cuenta: sus sesiones y fichas dejan de valer en el acto. Devuelve si existía y estaba activa."""
    with transaction.atomic():
        usuario = User.objects.filter(username__iexact=nombre, is_active=True).first()
        if usuario is None:
            return False
        usuario.is_active = False
        usuario.set_unusable_password()
        usuario.save(update_fields=["is_active", "password"])
        _anular(usuario, ahora)
        anotar("cuenta_retirada", actor, ahora=ahora, objeto=usuario.get_username())
    return True


def hay_usuarios() -> bool:
    """Devuelve si alguien puede entrar ya: una cuenta activa con contraseña."""
    return any(usuario.has_usable_password() for usuario in User.objects.filter(is_active=True))


def exigir_nombre(nombre: str) -> None:
    """Raises ErrorUsuario (ACC-09) si no vale como nombre de cuenta o de ficha."""
    if not _NOMBRE.match(nombre):
        raise ErrorUsuario(
            "ACC-09", f"«{nombre}» no vale como nombre.", "Use letras sin tilde, cifras, punto, guion y guion bajo."
        )


def enlace_muerto() -> ErrorUsuario:
    """Devuelve el error de un enlace gastado, caducado, ajeno o abierto desde otro equipo: siempre el mismo."""
    return ErrorUsuario(
        "ACC-10", "Este enlace no vale.", "Pida otro: caducan a los quince minutos y se usan una sola vez."
    )


def _anular(usuario: User, ahora: datetime) -> None:
    EnlaceUnUso.objects.filter(usuario=usuario, usado_en=None).update(usado_en=ahora)


def _resumir(ficha: str) -> str:
    return hashlib.sha256(ficha.encode()).hexdigest()
