"""Comprueba la cadena de auditoría y la ancla fuera de la base.

La cadena delata un eslabón cambiado, borrado, insertado o movido. Que falte el FINAL solo lo delata algo de fuera:
la cabeza de cada flujo y, si alguien también la cambió, el fichero de anclas, al que solo se añade.
"""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dominio.errores import ErrorPermanente
from historial.models import CabezaAuditoria, FilaAuditoria
from historial.services.registro import ORIGEN, registrar_auditoria, resumir

registrar = registrar_auditoria
# Qué resúmenes debe tener un eslabón según la cabeza de su flujo y las anclas (que no coincidan también se nota).
_Testigos = dict[tuple[str, int], set[str]]


class Rotura(msgspec.Struct, frozen=True):
    """Dónde se rompe la cadena: flujo, número del eslabón y qué le pasa. ``id`` es la fila, si existe."""

    flujo: str
    seq: int
    motivo: str
    id: int | None = None


class Verificacion(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que dio la comprobación: cuántas filas y flujos, y la primera rotura si la hay."""

    filas: int
    flujos: int
    primera: Rotura | None

    @property
    def correcta(self) -> bool:
        """Devuelve si la cadena está entera."""
        return self.primera is None


class Ancla(msgspec.Struct, frozen=True):
    """El último eslabón de un flujo en un momento, escrito fuera de la base."""

    flujo: str
    seq: int
    resumen: str
    en: str


class _Recorrido:
    """Va siguiendo un flujo eslabón a eslabón."""

    def __init__(self, flujo: str) -> None:
        self.flujo, self.seq, self.resumen = flujo, 0, ORIGEN

    def paso(self, fila: FilaAuditoria, testigos: _Testigos) -> Rotura | None:
        """Devuelve qué le pasa a este eslabón, o None si encaja."""
        if fila.seq != self.seq + 1:
            return Rotura(self.flujo, self.seq + 1, "falta el eslabón")
        if fila.anterior != self.resumen:
            return Rotura(self.flujo, fila.seq, "no enlaza con el anterior", fila.pk)
        en = fila.en.astimezone(UTC)
        contenido = resumir(fila.flujo, fila.seq, en, fila.actor, fila.accion, fila.objeto, fila.datos, fila.anterior)
        if contenido != fila.resumen:
            return Rotura(self.flujo, fila.seq, "su contenido no es el que se firmó", fila.pk)
        if testigos.get((self.flujo, fila.seq), {fila.resumen}) != {fila.resumen}:
            return Rotura(self.flujo, fila.seq, "no es el eslabón que se ancló", fila.pk)
        self.seq, self.resumen = fila.seq, fila.resumen
        return None


def verificar(anclas: Path | None = None) -> Verificacion:
    """Recorre la cadena entera, con memoria constante, y devuelve la primera rotura por orden de flujo y número.

    Se puede correr con los bots en marcha: las cabezas se leen antes (hasta ahí tiene que llegar la cadena) y después
    (más allá no puede haber nada). ``anclas``: el fichero que escribe ``anclar``; puede no existir todavía.

    Raises:
        ErrorPermanente: AUD-01 si el fichero de anclas no se puede leer.
    """
    testigos: _Testigos = defaultdict(set)
    for ancla in leer_anclas(anclas) if anclas else []:
        testigos[ancla.flujo, ancla.seq].add(ancla.resumen)
    for flujo, (seq, resumen) in _cabezas().items():
        if seq:
            testigos[flujo, seq].add(resumen)
    finales: dict[str, int] = {}
    filas, actual = 0, None
    for fila in FilaAuditoria.objects.order_by("flujo", "seq").iterator(chunk_size=2000):
        if actual is None or actual.flujo != fila.flujo:
            actual = _Recorrido(fila.flujo)
        filas += 1
        rotura = actual.paso(fila, testigos)
        if rotura is not None:
            return Verificacion(filas=filas, flujos=len(finales), primera=rotura)
        finales[actual.flujo] = actual.seq
    return Verificacion(filas=filas, flujos=len(finales), primera=_en_el_final(finales, testigos))


def _cabezas() -> dict[str, tuple[int, str]]:
    return {cabeza.flujo: (cabeza.seq, cabeza.resumen) for cabeza in CabezaAuditoria.objects.all()}


def _en_el_final(finales: dict[str, int], testigos: _Testigos) -> Rotura | None:
    """Devuelve el primer eslabón que falta o sobra al final de algún flujo."""
    roturas = [
        Rotura(flujo, finales.get(flujo, 0) + 1, "la cadena está cortada por el final")
        for flujo, seq in testigos
        if finales.get(flujo, 0) < seq
    ]
    cabezas = _cabezas()
    roturas += [
        Rotura(flujo, cabezas.get(flujo, (0, ""))[0] + 1, "hay un eslabón más allá de la cabeza")
        for flujo, seq in finales.items()
        if cabezas.get(flujo, (0, ""))[0] < seq
    ]
    return min(roturas, key=lambda rotura: (rotura.flujo, rotura.seq), default=None)


def anclar(ruta: Path, *, ahora: datetime) -> int:
    """Añade al fichero una línea por flujo que haya crecido desde la última vez; devuelve cuántas.

    El fichero vale lo que valga su sitio: téngalo (o cópielo) donde quien escribe en la base no pueda cambiarlo.
    """
    ya = {(ancla.flujo, ancla.seq) for ancla in leer_anclas(ruta)}
    nuevas = [
        Ancla(cabeza.flujo, cabeza.seq, cabeza.resumen, ahora.isoformat())
        for cabeza in CabezaAuditoria.objects.order_by("flujo")
        if cabeza.seq and (cabeza.flujo, cabeza.seq) not in ya
    ]
    if nuevas:
        ruta.parent.mkdir(parents=True, exist_ok=True)
        with ruta.open("ab") as fichero:
            fichero.write(b"".join(msgspec.json.encode(ancla) + b"\n" for ancla in nuevas))
    return len(nuevas)


def leer_anclas(ruta: Path) -> list[Ancla]:
    """Devuelve las anclas escritas; una lista vacía si el fichero aún no existe.

    Raises:
        ErrorPermanente: AUD-01 si el fichero no se entiende.
    """
    try:
        lineas = ruta.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as fallo:
        raise ErrorPermanente("AUD-01", f"El fichero de anclas {ruta.name} no se puede leer.") from fallo
    try:
        return [msgspec.json.decode(linea, type=Ancla) for linea in lineas if linea.strip()]
    except msgspec.DecodeError as fallo:
        raise ErrorPermanente("AUD-01", f"El fichero de anclas {ruta.name} no se entiende.") from fallo
