"""La tabla de horas provisional: se recalcula mientras dura la pausa y nunca pisa la definitiva."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.models import Pausa
from dominio.reloj import RelojManual
from historial.models import Operacion
from simulacion.tasks.pausas import analizar_pausas

pytestmark = pytest.mark.django_db
CLAVE = {"sede": "deriv", "cuenta": "DOT1"}


def _pausa(reloj: RelojManual, bot: str = "deriv_dinamico", **campos: Any) -> Pausa:
    ahora = reloj.ahora()
    fijos = {"tanda": 1, "pausado_en": ahora, "motivo": "stop", "reanuda_en": ahora + timedelta(hours=24)}
    return Pausa.objects.create(bot=bot, **CLAVE, **{**fijos, **campos})


def _ficticia(en: datetime, gana: bool, bot: str = "deriv_dinamico") -> None:
    Operacion.objects.create(
        bot=bot, **CLAVE, tipo_orden="contrato", activo="1HZ100V", direccion="CALL", estado="cerrada",
        entorno="simulado", monto=Decimal("1"), pago=Decimal("1.95"), moneda="USD", ficticia=True, origen="pausa",
        beneficio=Decimal("0.95") if gana else Decimal("-1"), resultado="ganada" if gana else "perdida",
        hora_inicio=en, hora_fin=en, liquidada_en=en,
    )  # fmt: skip


def test_la_tabla_provisional_crece_con_la_pausa(reloj: RelojManual, carpeta_datos: Path) -> None:
    pausa = _pausa(reloj)
    reloj.avanzar(60)
    for n in range(25):
        _ficticia(reloj.ahora() + timedelta(seconds=n), gana=n < 20)
    reloj.avanzar(600)
    for _ in range(2):
        assert analizar_pausas(carpeta_datos, ahora=reloj.ahora()) == {"pausas": 1, "sin_bot": []}
    pausa.refresh_from_db()
    assert pausa.tabla_horas["entradas"] == 25
    assert pausa.tabla_horas["mejor"]["aciertos"] == 20
    assert pausa.tabla_horas["veredicto"]["provisional"] is True
    assert (pausa.veredicto, pausa.hora_elegida) == ("", None)


def test_la_definitiva_no_se_pisa_y_un_bot_sin_fichero_no_estorba(reloj: RelojManual, carpeta_datos: Path) -> None:
    acabada = _pausa(reloj, tabla_horas={"de": "verdad"}, entra_en=reloj.ahora(), hora_elegida=3)
    _pausa(reloj, bot="desaparecido")
    reloj.avanzar(1)
    resultado = analizar_pausas(carpeta_datos, ahora=reloj.ahora())
    assert resultado == {"pausas": 0, "sin_bot": [{"bot": "desaparecido", "codigo": "BOT-01"}]}
    acabada.refresh_from_db()
    assert acabada.tabla_horas == {"de": "verdad"}
