"""Cómo escribe la API nueva de opciones cada objeto del libro: dinero y precios de los contratos, en textos."""

from typing import Any

from laboratorio.deriv import tablas
from laboratorio.deriv.presupuestos import GRUPOS_NUEVA, LIMITES_NUEVA
from laboratorio.deriv.respuestas import Mensaje, codigo_corto, descripcion, importe, numero, precio
from simulacion.indices import Indice
from simulacion.sedes.deriv import Contrato, Cuenta, Movida, Pedido, Precio

SIN_ENTRADA = ("Waiting for entry tick.", "EntryTickMissing")
SIN_REVENTA = ("Resale of this contract is not offered.", "ResaleNotOffered")
YA_VENDIDO = ("This contract has been sold.", "ContractAlreadySold")


class DialectoNuevo:
    """Los mensajes de la API nueva. ``campo_simbolo`` es el nombre con que viaja el activo en casi todo."""

    nombre = "nueva"
    campo_simbolo = "underlying_symbol"
    tablas = tablas.NUEVA
    grupos = GRUPOS_NUEVA
    limites = LIMITES_NUEVA
    propuestas_max: int | None = None
    ocio_max_s: float | None = None
    poc_sigue_compras = False

    def pedido(self, p: Mensaje) -> dict[str, Any]:
        """Devuelve los campos de un pedido de contrato con nombres neutros."""
        return {
            "tipo": p["contract_type"],
            "simbolo": p[self.campo_simbolo],
            "monto": p.get("amount"),
            "base": p.get("basis", "payout"),
            "moneda": p["currency"].upper(),
            "duracion": p.get("duration"),
            "unidad": p.get("duration_unit", "s"),
        }

    # --- mercado -------------------------------------------------------------------------------------------------

    def activo(self, indice: Indice, abierto: bool, suspendido: bool, ultimo: tuple[int, float] | None) -> Mensaje:
        """Devuelve una fila de ``active_symbols``."""
        return {
            "exchange_is_open": int(abierto),
            "is_trading_suspended": int(suspendido),
            "market": "synthetic_index",
            "pip_size": indice.pip,
            "subgroup": "synthetics",
            "submarket": "random_index",
            "trade_count": 0,
            "underlying_symbol": indice.simbolo,
            "underlying_symbol_name": indice.nombre,
            "underlying_symbol_type": "stockindex",
        }

    def oferta(self, indice: Indice, tipo: str, vencimiento: str, minimo: str, maximo: str) -> Mensaje:
        """Devuelve una fila de ``contracts_for``."""
        return {
            "barriers": 0,
            "contract_category": "callputequal" if tipo.endswith("E") else "callput",
            "contract_type": tipo,
            "default_stake": 10,
            "expiry_type": vencimiento,
            "market": "synthetic_index",
            "max_contract_duration": maximo,
            "min_contract_duration": minimo,
            "sentiment": "up" if tipo.startswith("CALL") else "down",
            "submarket": "random_index",
            "underlying_symbol": indice.simbolo,
        }

    def ofertas(self, filas: list[Mensaje], spot: float) -> Mensaje:
        """Devuelve el objeto ``contracts_for``."""
        return {"available": filas, "hit_count": len(filas)}

    def horario(self, indice: Indice) -> Mensaje:
        """Devuelve el horario de un símbolo: abierto siempre."""
        return {
            "name": indice.nombre,
            self.campo_simbolo: indice.simbolo,
            "events": [],
            "times": {"open": ["00:00:00"], "close": ["23:59:59"], "settlement": "23:59:59"},
            "trading_days": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
        }

    # --- contratos -----------------------------------------------------------------------------------------------

    def propuesta(self, id: str, pedido: Pedido, oferta: Precio, indice: Indice, ahora: int) -> Mensaje:
        """Devuelve el objeto ``proposal``."""
        spot = precio(oferta.tick_precio, indice.decimales)
        mensaje: Mensaje = {
            "ask_price": numero(oferta.prima),
            "contract_details": {"barrier": spot},
            "date_expiry": ahora if pedido.ticks else ahora + pedido.segundos,
            "date_start": ahora,
            "id": id,
            "longcode": descripcion(indice.nombre, pedido.tipo, pedido.duracion, pedido.unidad),
            "payout": numero(oferta.pago),
            "spot": numero(oferta.tick_precio),
            "spot_time": oferta.tick_epoch,
            "validation_params": {"payout": {"max": "10000.00"}, "stake": {"min": "0.35", "max": "10000.00"}},
        }
        return mensaje

    def compra(self, c: Contrato, indice: Indice, balance_despues: Any) -> Mensaje:
        """Devuelve el objeto ``buy``."""
        return {
            "balance_after": numero(balance_despues),
            "buy_price": numero(c.precio),
            "contract_id": c.id,
            "longcode": self.texto_largo(c, indice),
            "payout": numero(c.pago),
            "purchase_time": c.inicio,
            "shortcode": codigo_corto(c),
            "start_time": c.inicio,
            "transaction_id": c.transaccion_compra,
        }

    def contrato(self, c: Contrato, indice: Indice, tick: tuple[int, float], valor: Any) -> Mensaje:
        """Devuelve el objeto ``proposal_open_contract``; ``valor`` es la estimación (sin sentido) mientras vive."""
        m = self._contrato_comun(c, indice)
        m |= {
            "bid_price": importe(c.cobrado if c.cerrado else valor),
            "buy_price": importe(c.precio),
            "commission": "0.00",
            "current_spot": precio(tick[1], indice.decimales),
            "payout": importe(c.pago),
            "profit": importe((c.cobrado if c.cerrado else valor) - c.precio),
            "underlying_symbol": c.pedido.simbolo,
        }
        if c.entrada is not None:
            m["entry_spot"] = m["barrier"] = precio(c.entrada[1], indice.decimales)
            m["entry_spot_time"] = c.entrada[0]
        if c.cerrado:
            m["sell_price"] = importe(c.cobrado)
            if c.salida is not None:
                m["exit_spot"], m["exit_spot_time"] = precio(c.salida[1], indice.decimales), c.salida[0]
        m["current_spot_time"] = tick[0]
        m["profit_percentage"] = _porcentaje(c, valor)
        return m

    def _contrato_comun(self, c: Contrato, indice: Indice) -> Mensaje:
        fin = c.vence if c.vence is not None else (c.salida[0] if c.salida else c.inicio)
        texto, codigo = YA_VENDIDO if c.cerrado else SIN_REVENTA if c.entrada else SIN_ENTRADA
        m: Mensaje = {
            "account_id": c.cuenta,  # la sede lo da como texto aunque su esquema diga número
            "barrier_count": 1,
            "contract_id": c.id,
            "contract_type": c.pedido.tipo,
            "currency": c.pedido.moneda,
            "date_expiry": fin,
            "date_settlement": fin,
            "date_start": c.inicio,
            "expiry_time": fin,
            "is_expired": int(c.vencido),
            "is_intraday": 1,
            "is_path_dependent": 0,
            "is_settleable": int(c.cerrado),
            "is_sold": int(c.cerrado),
            "is_valid_to_cancel": 0,
            "is_valid_to_sell": 0,
            "longcode": self.texto_largo(c, indice),
            "purchase_time": c.inicio,
            "shortcode": codigo_corto(c),
            "status": c.estado,
            "transaction_ids": {"buy": c.transaccion_compra},
            "validation_error": texto,
            "validation_error_code": codigo,
        }
        if c.pedido.ticks:
            m["tick_count"], m["tick_passed"] = c.pedido.ticks, len(c.serie)
            m["tick_stream"] = [
                {"epoch": e, "tick": numero(v), "tick_display_value": precio(v, indice.decimales)} for e, v in c.serie
            ]
        if c.cerrado:
            m["sell_time"] = c.vendido_en
            m["transaction_ids"]["sell"] = c.transaccion_venta
            m["audit_details"] = self._auditoria(c, indice)
        return m

    def _auditoria(self, c: Contrato, indice: Indice) -> Mensaje:
        puntos = [("Entry Spot", c.entrada), ("Exit Spot", c.salida)]
        filas = [
            {"epoch": p[0], "flag": "highlight-tick", "name": n, "tick": numero(p[1])}
            | {"tick_display_value": precio(p[1], indice.decimales)}
            for n, p in puntos
            if p is not None
        ]
        inicio: Mensaje = {"epoch": c.inicio, "flag": "highlight-time", "name": "Start Time"}
        return {"contract_start": [inicio, *filas[:1]], "contract_end": filas[1:]}

    # --- cuenta --------------------------------------------------------------------------------------------------

    def balance(self, cuenta: Cuenta) -> Mensaje:
        """Devuelve el objeto ``balance``."""
        return {"balance": numero(cuenta.balance), "currency": cuenta.moneda, "loginid": cuenta.id}

    def movida(self, m: Movida, c: Contrato | None, indice: Indice | None, moneda: str) -> Mensaje:
        """Devuelve el objeto ``transaction``."""
        fila: Mensaje = {
            "action": m.accion,
            "amount": numero(m.importe),
            "balance": numero(m.balance),
            "currency": moneda,
            "transaction_id": m.id,
            "transaction_time": m.hora,
        }
        if c is not None and indice is not None:
            fila |= {
                "contract_id": c.id,
                "date_expiry": c.vence if c.vence is not None else c.inicio,
                "longcode": self.texto_largo(c, indice),
                self.campo_simbolo: c.pedido.simbolo,
            }
            if m.accion == "sell":
                fila["purchase_time"] = c.inicio
        return fila

    def en_cartera(self, c: Contrato, indice: Indice) -> Mensaje:
        """Devuelve una fila de ``portfolio``."""
        return {
            "buy_price": numero(c.precio),
            "contract_id": c.id,
            "contract_type": c.pedido.tipo,
            "currency": c.pedido.moneda,
            "date_start": c.inicio,
            "expiry_time": c.vence if c.vence is not None else c.inicio,
            "longcode": self.texto_largo(c, indice),
            "payout": numero(c.pago),
            "purchase_time": c.inicio,
            "shortcode": codigo_corto(c),
            "transaction_id": c.transaccion_compra,
            self.campo_simbolo: c.pedido.simbolo,
        }

    def en_beneficios(self, c: Contrato, indice: Indice, describir: bool) -> Mensaje:
        """Devuelve una fila de ``profit_table``."""
        fila: Mensaje = {
            "buy_price": numero(c.precio),
            "contract_id": c.id,
            "contract_type": c.pedido.tipo,
            "duration_type": "ticks" if c.pedido.ticks else "seconds",
            "payout": numero(c.pago),
            "purchase_time": c.inicio,
            "sell_price": numero(c.cobrado),
            "sell_time": c.vendido_en,
            "transaction_id": c.transaccion_compra,
            "underlying_symbol": c.pedido.simbolo,
        }
        if describir:
            fila |= {"longcode": self.texto_largo(c, indice), "shortcode": codigo_corto(c)}
        return fila

    def en_extracto(self, m: Movida, c: Contrato | None, indice: Indice | None, describir: bool) -> Mensaje:
        """Devuelve una fila de ``statement``; trae ``app_id`` aunque su esquema no lo diga."""
        fila: Mensaje = {
            "action_type": m.accion,
            "amount": numero(m.importe),
            "app_id": 90000,
            "balance_after": numero(m.balance),
            "contract_id": m.contrato,
            "reference_id": m.referencia,
            "transaction_id": m.id,
            "transaction_time": m.hora,
        }
        if c is not None and indice is not None:
            fila["payout"] = numero(c.pago)
            if m.accion == "sell":
                fila["purchase_time"] = c.inicio
            if describir:
                fila |= {"longcode": self.texto_largo(c, indice), "shortcode": codigo_corto(c)}
        return fila

    def texto_largo(self, c: Contrato, indice: Indice) -> str:
        """Devuelve el longcode de un contrato."""
        return descripcion(indice.nombre, c.pedido.tipo, c.pedido.duracion, c.pedido.unidad)


def _porcentaje(c: Contrato, valor: Any) -> "int | float":
    ganado = (c.cobrado if c.cerrado else valor) - c.precio
    return numero(round(float(ganado / c.precio * 100), 2))
