"""Índices sintéticos con semilla: movimiento browniano geométrico sin deriva, como los describe Deriv.

``S_i = S_{i-1}·exp(−s²/2 + s·Z)`` con ``s`` de ``Indice.sigma_tick``. Los símbolos son independientes entre sí. La
senda se guarda sin redondear y solo se redondea lo que se muestra: redondear y seguir sesgaría la volatilidad.
Se genera por bloques, cada uno con su propia semilla, y por eso se puede leer cualquier momento sin recorrer el resto.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from dominio.errores import ErrorPermanente
from simulacion.indices import INDICES, Indice, Tramo

BLOQUE = 8192
BLOQUES_EN_MEMORIA = 48


class SendaSintetica:
    """La senda de un índice: el tick ``i`` ocurre en ``ancla_s + i·intervalo`` y ``i`` puede ser negativo."""

    def __init__(self, indice: Indice, semilla: "int | str", ancla_s: int) -> None:
        self.indice = indice
        self.ancla_s = ancla_s - ancla_s % indice.intervalo_s  # R_*: segundos pares
        self._clave = _clave(semilla, indice.simbolo)
        self._antes: dict[int, float] = {0: math.log(indice.nivel)}  # logaritmo justo antes de cada bloque
        self._bloques: OrderedDict[int, NDArray[np.float64]] = OrderedDict()
        self._redondos: OrderedDict[int, NDArray[np.float64]] = OrderedDict()

    def sin_redondear(self, desde: int, cuantos: int) -> NDArray[np.float64]:
        """Devuelve ``cuantos`` precios exactos desde el tick ``desde``."""
        return self._juntar(desde, cuantos, self._bloque)

    def redondeados(self, desde: int, cuantos: int) -> NDArray[np.float64]:
        """Devuelve ``cuantos`` precios como los muestra la sede."""
        return self._juntar(desde, cuantos, self._bloque_redondeado)

    def precio(self, i: int) -> float:
        """Devuelve el precio mostrado del tick ``i``."""
        bloque, resto = divmod(i, BLOQUE)
        return float(self._bloque_redondeado(bloque)[resto])

    def numero(self, epoch_s: int) -> int:
        """Devuelve el número del último tick con hora menor o igual."""
        return (epoch_s - self.ancla_s) // self.indice.intervalo_s

    def hora(self, i: int) -> int:
        """Devuelve la hora del tick ``i``, en segundos."""
        return self.ancla_s + i * self.indice.intervalo_s

    def _juntar(self, desde: int, cuantos: int, leer: "object") -> NDArray[np.float64]:
        if cuantos <= 0:
            return np.empty(0)
        primero, ultimo = desde // BLOQUE, (desde + cuantos - 1) // BLOQUE
        trozos = [leer(k) for k in range(primero, ultimo + 1)]  # type: ignore[operator]
        inicio = desde - primero * BLOQUE
        return np.concatenate(trozos)[inicio : inicio + cuantos]

    def _bloque_redondeado(self, k: int) -> NDArray[np.float64]:
        if k not in self._redondos:
            _guardar(self._redondos, k, np.round(self._bloque(k), self.indice.decimales))
        return self._redondos[k]

    def _bloque(self, k: int) -> NDArray[np.float64]:
        if k not in self._bloques:
            incrementos = self._incrementos(k)
            _guardar(self._bloques, k, np.exp(self._logaritmo_antes(k) + np.cumsum(incrementos)))
        return self._bloques[k]

    def _logaritmo_antes(self, k: int) -> float:
        paso = 1 if k > 0 else -1
        conocido = k
        while conocido not in self._antes:
            conocido -= paso
        while conocido != k:
            origen = conocido if paso > 0 else conocido - 1
            suma = float(np.cumsum(self._incrementos(origen))[-1])
            self._antes[conocido + paso] = self._antes[conocido] + paso * suma
            conocido += paso
        return self._antes[k]

    def _incrementos(self, k: int) -> NDArray[np.float64]:
        s = self.indice.sigma_tick
        semilla = np.random.SeedSequence([*self._clave, k + 2**31])
        return np.random.Generator(np.random.PCG64(semilla)).standard_normal(BLOQUE) * s - s * s / 2.0


class MercadoSintetico:
    """Todos los índices de una sede de laboratorio. Cumple ``FuenteTicks``."""

    def __init__(self, semilla: "int | str", ancla_s: int, simbolos: Iterable[str] | None = None) -> None:
        elegidos = tuple(simbolos) if simbolos is not None else tuple(INDICES)
        desconocidos = [simbolo for simbolo in elegidos if simbolo not in INDICES]
        if desconocidos:
            raise ErrorPermanente("SIM-03", f"No hay índice sintético llamado {desconocidos[0]}.", "Use R_50, 1HZ100V…")
        self.semilla = semilla
        self.ancla_s = ancla_s
        self.indices: Mapping[str, Indice] = {simbolo: INDICES[simbolo] for simbolo in elegidos}
        self._sendas = {s: SendaSintetica(indice, semilla, ancla_s) for s, indice in self.indices.items()}

    def senda(self, simbolo: str) -> SendaSintetica:
        """Devuelve la senda de un símbolo, con su parte sin redondear."""
        return self._sendas[simbolo]

    def siguiente(self, simbolo: str, epoch_s: int) -> int | None:
        """Devuelve la hora del primer tick posterior: nunca se acaba."""
        senda = self._sendas[simbolo]
        return senda.hora(senda.numero(epoch_s) + 1)

    def precio(self, simbolo: str, epoch_s: int) -> float:
        """Devuelve el precio mostrado del último tick con hora menor o igual."""
        senda = self._sendas[simbolo]
        return senda.precio(senda.numero(epoch_s))

    def ultimo(self, simbolo: str, epoch_s: int) -> tuple[int, float] | None:
        """Devuelve hora y precio del último tick con hora menor o igual."""
        senda = self._sendas[simbolo]
        i = senda.numero(epoch_s)
        return senda.hora(i), senda.precio(i)

    def tramo(self, simbolo: str, desde_s: int, hasta_s: int) -> Tramo:
        """Devuelve horas y precios entre las dos horas, incluidas."""
        senda = self._sendas[simbolo]
        primero, ultimo = senda.numero(desde_s - 1) + 1, senda.numero(hasta_s)
        cuantos = max(0, ultimo - primero + 1)
        horas = senda.ancla_s + (primero + np.arange(cuantos, dtype=np.int64)) * senda.indice.intervalo_s
        return horas, senda.redondeados(primero, cuantos)


def _clave(semilla: "int | str", simbolo: str) -> list[int]:
    resumen = hashlib.sha256(f"{semilla}\x1f{simbolo}".encode()).digest()
    return [int.from_bytes(resumen[i : i + 4], "big") for i in range(0, 16, 4)]


def _guardar(memoria: OrderedDict[int, NDArray[np.float64]], k: int, valores: NDArray[np.float64]) -> None:
    memoria[k] = valores
    if len(memoria) > BLOQUES_EN_MEMORIA:
        memoria.popitem(last=False)
