"""El libro de la cuenta: todo lo que aceptó, en orden. Es el oráculo: lo que no está aquí no se envió."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dominio.azar import Azar
from dominio.reloj import Reloj

MARCA = re.compile(r"\bTM[A-Z2-7]{10}\b")
SIN_LLEGAR = ("failed", "undelivered", "canceled")


class MensajeTwilio(msgspec.Struct, kw_only=True):
    """Un mensaje aceptado. ``visible_en``: hora desde la que aparece en las lecturas."""

    sid: str
    de: str
    a: str
    cuerpo: str
    estado: str
    creado_en: datetime
    actualizado_en: datetime
    visible_en: datetime
    enviado_en: datetime | None = None
    codigo: int | None = None
    plantilla: str | None = None
    variables: dict[str, str] = {}
    aviso_url: str | None = None
    entrante: bool = False

    @property
    def marca(self) -> str | None:
        """Devuelve la marca que lleva dentro, o None si no lleva."""
        hallada = MARCA.search(self.cuerpo)
        return hallada.group() if hallada else None

    @property
    def llego(self) -> bool:
        """Devuelve si no se ha perdido por el camino."""
        return self.estado not in SIN_LLEGAR


class LibroTwilio:
    """Los mensajes de una cuenta. ``ruta``: se lee al empezar y se guarda con ``guardar``."""

    def __init__(self, reloj: Reloj, azar: Azar, ruta: Path | None = None) -> None:
        self.reloj = reloj
        self.ruta = ruta
        self.mensajes: list[MensajeTwilio] = []
        self.de_sid: dict[str, int] = {}
        self.de_destino: dict[str, list[int]] = {}
        self._azar = azar
        self._candado = threading.Lock()
        if ruta is not None and ruta.exists():
            for mensaje in msgspec.json.decode(ruta.read_bytes(), type=list[MensajeTwilio]):
                self._poner(mensaje)

    def anotar(
        self,
        *,
        de: str,
        a: str,
        cuerpo: str,
        aviso_url: str | None = None,
        visible_en: datetime | None = None,
        **mas: Any,
    ) -> MensajeTwilio:
        """Acepta un mensaje y lo devuelve, con su sid."""
        ahora = self.reloj.ahora()
        with self._candado:
            mensaje = MensajeTwilio(
                sid=self._sid(),
                de=de,
                a=a,
                cuerpo=cuerpo,
                estado=mas.pop("estado", "queued"),
                creado_en=ahora,
                actualizado_en=ahora,
                visible_en=visible_en or ahora,
                aviso_url=aviso_url,
                **mas,
            )
            self._poner(mensaje)
        return mensaje

    def _sid(self) -> str:
        return f"SM{len(self.mensajes):08x}{self._azar.hexadecimal(12)}"

    def _poner(self, mensaje: MensajeTwilio) -> None:
        indice = len(self.mensajes)
        self.mensajes.append(mensaje)
        self.de_sid[mensaje.sid] = indice
        self.de_destino.setdefault(mensaje.a, []).append(indice)

    def mover(self, mensaje: MensajeTwilio, estado: str, codigo: int | None = None) -> None:
        """Cambia el estado de un mensaje."""
        mensaje.estado, mensaje.codigo = estado, codigo
        mensaje.actualizado_en = self.reloj.ahora()
        if estado == "sent":
            mensaje.enviado_en = mensaje.actualizado_en

    def buscar(self, sid: str) -> MensajeTwilio | None:
        """Devuelve un mensaje por su sid, si ya se ve."""
        indice = self.de_sid.get(sid)
        mensaje = None if indice is None else self.mensajes[indice]
        return mensaje if mensaje is not None and mensaje.visible_en <= self.reloj.ahora() else None

    def del_mas_nuevo(self, a: str | None = None, antes_de: int | None = None) -> Iterator[tuple[int, MensajeTwilio]]:
        """Da (índice, mensaje) de lo que ya se ve, del más nuevo al más viejo, desde antes de ese índice."""
        indices: Any = range(len(self.mensajes)) if a is None else self.de_destino.get(a, [])
        ahora = self.reloj.ahora()
        for indice in reversed(indices):
            mensaje = self.mensajes[indice]
            if (antes_de is None or indice < antes_de) and mensaje.visible_en <= ahora:
                yield indice, mensaje

    # --- el oráculo ----------------------------------------------------------------------------------------------

    def llegados(self) -> "Counter[tuple[str, str]]":
        """Devuelve cuántas veces llegó cada (marca, destinatario)."""
        enviados = (m for m in list(self.mensajes) if not m.entrante and m.llego and m.marca)
        return Counter((str(m.marca), m.a) for m in enviados)

    def repetidos(self) -> int:
        """Devuelve cuántos mensajes sobran: los que llegaron más de una vez al mismo destinatario."""
        return sum(veces - 1 for veces in self.llegados().values())

    def como_json(self) -> str:
        """Devuelve el libro entero en JSON."""
        return msgspec.json.encode(self.mensajes).decode()

    def guardar(self) -> None:
        """Escribe el libro en su fichero, si tiene."""
        if self.ruta is not None:
            self.ruta.parent.mkdir(parents=True, exist_ok=True)
            provisional = self.ruta.with_suffix(".nuevo")
            provisional.write_text(json.dumps(json.loads(self.como_json()), indent=1), encoding="utf-8")
            provisional.replace(self.ruta)
