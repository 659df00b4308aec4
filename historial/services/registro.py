"""Escribe eventos y eslabones de auditoría dentro de la transacción de quien llama."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from historial.models import CabezaAuditoria, Evento, FilaAuditoria
from historial.services.escritura import ejecutar, fila, insertar

ORIGEN = "0" * 64  # resumen anterior del primer eslabón de un flujo
_CABEZA = "SELECT seq, resumen FROM auditoria_cabezas WHERE flujo = %s"
_CABEZA_BLOQUEADA = "SELECT seq, resumen FROM auditoria_cabezas WHERE flujo = %s FOR UPDATE"
_codificar = msgspec.json.Encoder(order="deterministic", enc_hook=str).encode


def sencillo(valor: Any) -> Any:
    """Devuelve el valor hecho solo de tipos JSON: Decimal y horas como texto."""
    return msgspec.json.decode(_codificar(valor))


def canonico(datos: Any) -> str:
    """Devuelve el JSON canónico: claves ordenadas, sin espacios; los mismos datos dan siempre el mismo texto."""
    return _codificar(datos).decode()


def publicar_evento(flujo: str, tipo: str, datos: dict[str, Any], *, ahora: datetime) -> None:
    """Añade un evento; se ve al confirmar la transacción y nunca antes."""
    insertar(Evento, flujo=flujo, tipo=tipo, datos=sencillo(datos), en=ahora)


def bloquear_flujo(flujo: str) -> tuple[int, str]:
    """Bloquea la cabeza de un flujo hasta el final de la transacción y devuelve (seq, resumen) del último eslabón.

    Quien la tiene es el único que escribe en ese flujo. En SQLite la transacción IMMEDIATE ya excluye a los demás.
    """
    consulta = _CABEZA_BLOQUEADA if connection.vendor == "postgresql" else _CABEZA
    cabeza = fila(consulta, (flujo,))
    if cabeza is None:
        insertar(CabezaAuditoria, si_no_existe=("flujo",), flujo=flujo, seq=0, resumen=ORIGEN)
        cabeza = fila(consulta, (flujo,))
    if cabeza is None:  # pragma: no cover - acaba de insertarse en esta misma transacción
        raise RuntimeError(f"no se puede bloquear el flujo {flujo}")
    return int(cabeza[0]), str(cabeza[1])


def registrar_auditoria(
    flujo: str,
    accion: str,
    datos: dict[str, Any],
    *,
    actor: str,
    ahora: datetime,
    objeto: str = "",
    cabeza: tuple[int, str] | None = None,
) -> int:
    """Añade un eslabón y devuelve su número. ``cabeza``: la de ``bloquear_flujo``, si ya se tiene."""
    seq, anterior = cabeza if cabeza is not None else bloquear_flujo(flujo)
    seq += 1
    texto = canonico(datos)
    resumen = resumir(flujo, seq, ahora, actor, accion, objeto, texto, anterior)
    insertar(
        FilaAuditoria,
        flujo=flujo,
        seq=seq,
        en=ahora,
        actor=actor,
        accion=accion,
        objeto=objeto,
        datos=texto,
        anterior=anterior,
        resumen=resumen,
    )
    ejecutar("UPDATE auditoria_cabezas SET seq = %s, resumen = %s WHERE flujo = %s", (seq, resumen, flujo))
    return seq


def resumir(flujo: str, seq: int, en: datetime, actor: str, accion: str, objeto: str, datos: str, anterior: str) -> str:
    """Devuelve SHA-256 en hexadecimal del eslabón: cubre todos sus campos y el resumen anterior."""
    cuerpo = _codificar([flujo, seq, en.isoformat(timespec="microseconds"), actor, accion, objeto, datos, anterior])
    return hashlib.sha256(cuerpo).hexdigest()
