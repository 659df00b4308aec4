"""Lo que enseña Inicio: las tarjetas de los bots, la equidad por moneda, el freno de todos y los que no han operado."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dashboard.presentacion.tarjeta import tarjeta
from dashboard.selectors import bots as lecturas
from dominio.freno import Freno, leer
from historial.models import EstadoFreno, PuntoBalance

PUNTOS = 60


def inicio(datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve lo que pinta la página."""
    leidas = lecturas.bots(datos, ahora)
    tarjetas = [tarjeta(leida, ultimos_balances(leida["sede"], leida["cuenta"])) for leida in leidas]
    return {
        "tarjetas": tarjetas,
        "equidad": lecturas.equidad(leidas),
        "sin_operar": lecturas.sin_operar(datos),
        "freno_global": freno_global(),
        "ahora": ahora,
        "entornos_pagina": sorted({leida["entorno"] for leida in leidas}),
    }


def ultimos_balances(sede: str, cuenta: str, cuantos: int = PUNTOS) -> list[Decimal]:
    """Devuelve los últimos balances de una cuenta, del más antiguo al más nuevo."""
    puntos = PuntoBalance.objects.filter(sede=sede, cuenta=cuenta).order_by("-en", "-pk")
    return list(puntos.values_list("balance", flat=True)[:cuantos])[::-1]


def freno_global() -> dict[str, Any]:
    """Devuelve el freno de todos: estado, motivo, quién y cuándo. Sin fila, DETENIDO."""
    fila = EstadoFreno.objects.filter(ambito="global").first()
    if fila is None:
        return {"estado": str(Freno.DETENIDO), "motivo": "", "actor": "", "en": None}
    return {"estado": str(leer(fila.estado)), "motivo": fila.motivo, "actor": fila.actor, "en": fila.en}
