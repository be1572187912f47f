"""Each task of the benchmarks, as each engine does it.

A task gives for an engine a dict from the name of a formulation to a function that runs it and returns its answer. A
peer has several: the fastest is what the library is measured against. All answers of a task are compared before
anything is timed.
"""
import time

import numpy
import pyarrow

import constellation

AS_OF = "2026-01-01"
KEYS = ("partner", "month")
PERFECT = "delivered <= promised and qty_delivered = qty"
LINE_MEASURES = ("lines", "perfect_lines", "late", "incomplete", "late_and_incomplete")


class Wrong(Exception):
    """An engine's answer is not that of the plain loop."""


def _column(table, name):
    return table.column(name).to_numpy().astype("int64")


def check_cells(table, answer, measures):
    """Is the table, a row a partner and month in any order, what the plain loop found?"""
    keys = [_column(table, name) for name in KEYS]
    order = numpy.lexsort((keys[1], keys[0]))
    for name in (*KEYS, *measures):
        found = _column(table, name)[order]
        if not numpy.array_equal(found, answer[name]):
            raise Wrong(f"{name}: {int(found.sum()):,} in {len(found):,} groups, the plain loop has "
                        f"{int(answer[name].sum()):,} in {len(answer[name]):,}")


# --- ours -------------------------------------------------------------------------------------------------------------


class Ours:
    """The library through its Python package, from an Arrow table to an Arrow table."""

    def __init__(self, lines, threads):
        self.table = lines.arrow.drop_columns(["line_number"])
        self.without_order = self.table.drop_columns(["order_id"])
        self.threads = threads

    def orders(self, clustering):
        """Orders and perfect orders by partner and month."""
        def run():
            result = constellation.perfect_order_rate(self.table, "components=TF", as_of=AS_OF, by=KEYS,
                                                      clustering=clustering, threads=self.threads)
            return result.rates("pyarrow")
        return {f"perfect_order_rate(clustering={clustering!r})": run}

    def phases(self, policy, table, by, clustering):
        """One run of ours in its three steps: best seconds of each."""
        best = {}
        for _ in range(3):
            state = constellation.PerfectOrderState(policy, as_of=AS_OF, by=by, clustering=clustering)
            clock = [time.perf_counter()]
            state.update(table, threads=self.threads)
            clock.append(time.perf_counter())
            result = state.finish()
            clock.append(time.perf_counter())
            result.rates("pyarrow")
            clock.append(time.perf_counter())
            for name, begin, end in zip(("update", "finish", "table"), clock, clock[1:]):
                best[name] = min(best.get(name, end - begin), end - begin)
        return best

    @staticmethod
    def orders_table(table):
        return table.select([*KEYS, "denominator", "numerator"]).rename_columns([*KEYS, "orders", "perfect_orders"])

    def lines(self):
        """Lines, perfect, late, incomplete, and late and incomplete lines by partner and month."""
        def run():
            result = constellation.perfect_order_rate(self.without_order, "level=line components=TF", as_of=AS_OF,
                                                      by=KEYS, threads=self.threads)
            return result.rates("pyarrow")
        return {"perfect_order_rate(level=line)": run}

    @staticmethod
    def lines_table(table):
        late, incomplete, both = (_column(table, name) for name in ("h1", "h2", "h3"))
        return pyarrow.table({
            "partner": table.column("partner"), "month": table.column("month"), "lines": table.column("denominator"),
            "perfect_lines": table.column("numerator"), "late": late + both, "incomplete": incomplete + both,
            "late_and_incomplete": both,
        })

    def count(self):
        """Perfect lines."""
        table = self.without_order.drop_columns(list(KEYS))

        def run():
            result = constellation.perfect_order_rate(table, "level=line components=TF", as_of=AS_OF,
                                                      threads=self.threads)
            return result.rate().numerator
        return {"perfect_order_rate(level=line), no dimension": run}


# --- DuckDB -----------------------------------------------------------------------------------------------------------


class DuckDB:
    """Queries over a table of DuckDB's own in memory (loading it is timed apart) and over the Arrow table."""

    def __init__(self, lines, threads):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute(f"set threads = {threads}")
        self.connection.register("arrow_lines", lines.arrow.drop_columns(["line_number"]))

    def load(self):
        self.connection.execute("create table native_lines as select * from arrow_lines")

    def _both(self, queries):
        """Each query over both tables."""
        def runner(text):
            return lambda: _arrow_of(self.connection.sql(text))
        return {f"{name}, {kind} table": runner(text.format(lines=f"{kind}_lines"))
                for name, text in queries.items() for kind in ("native", "arrow")}

    def orders(self):
        """Right for lines in any order."""
        two_steps = """select partner, month, count(*) as orders, count(*) filter (ok) as perfect_orders
            from (select {columns} from {{lines}} group by {keys}) group by partner, month"""
        return self._both({
            "bool_and by order": two_steps.format(
                columns=f"any_value(partner) as partner, any_value(month) as month, bool_and({PERFECT}) as ok",
                keys="order_id"),
            "bool_and by order, partner, month": two_steps.format(
                columns=f"partner, month, bool_and({PERFECT}) as ok", keys="order_id, partner, month"),
            "min by order": two_steps.format(
                columns=f"min(partner) as partner, min(month) as month, min({PERFECT}) as ok", keys="order_id"),
            "max of one packed number by order": f"""
                select cell // 16 as partner, cell % 16 as month, count(*) as orders, sum(ok) as perfect_orders
                from (select packed >> 1 as cell, 1 - (packed & 1) as ok from (
                    select max(partner * 32 + month * 2 + (not ({PERFECT}))::integer) as packed
                    from {{lines}} group by order_id))
                group by cell""",
        })

    def orders_by_hand(self):
        """Right only for clustered lines, and silent when they are not: an order begins where the id changes."""
        return self._both({
            "lag() finds first lines": f"""
                select partner, month, orders, orders - coalesce(failed, 0) as perfect_orders from (
                    select partner, month, count(*) as orders from (
                        select partner, month, order_id is distinct from lag(order_id) over () as first from {{lines}})
                    where first group by partner, month)
                left join (
                    select partner, month, count(*) as failed from (
                        select partner, month, order_id is distinct from lag(order_id) over () as first
                        from {{lines}} where not ({PERFECT}))
                    where first group by partner, month)
                using (partner, month)""",
            "lag() finds first lines, failed orders are counted distinct": f"""
                select partner, month, orders, orders - coalesce(failed, 0) as perfect_orders from (
                    select partner, month, count(*) as orders from (
                        select partner, month, order_id is distinct from lag(order_id) over () as first from {{lines}})
                    where first group by partner, month)
                left join (
                    select partner, month, count(*) as failed from (
                        select distinct order_id, partner, month from {{lines}} where not ({PERFECT}))
                    group by partner, month)
                using (partner, month)""",
        })

    def lines(self):
        late, incomplete = "delivered > promised", "qty_delivered <> qty"
        return self._both({
            "count filter": f"""
                select partner, month, count(*) as lines, count(*) filter ({PERFECT}) as perfect_lines,
                    count(*) filter ({late}) as late, count(*) filter ({incomplete}) as incomplete,
                    count(*) filter ({late} and {incomplete}) as late_and_incomplete
                from {{lines}} group by partner, month""",
            "sum of numbers": f"""
                select partner, month, count(*) as lines, sum(({PERFECT})::integer) as perfect_lines,
                    sum(({late})::integer) as late, sum(({incomplete})::integer) as incomplete,
                    sum(({late} and {incomplete})::integer) as late_and_incomplete
                from {{lines}} group by partner, month""",
            "count by packed cell and pattern": f"""
                select cell // 64 as partner, (cell // 4) % 16 as month, sum(n) as lines,
                    coalesce(sum(n) filter (cell % 4 = 0), 0) as perfect_lines,
                    coalesce(sum(n) filter (cell % 4 in (1, 3)), 0) as late,
                    coalesce(sum(n) filter (cell % 4 in (2, 3)), 0) as incomplete,
                    coalesce(sum(n) filter (cell % 4 = 3), 0) as late_and_incomplete
                from (select cell, count(*) as n from (
                    select partner * 64 + month * 4 + ({late})::integer + 2 * ({incomplete})::integer as cell
                    from {{lines}}) group by cell)
                group by 1, 2""",
        })

    def count(self):
        def number(run):
            return lambda: run().column(0)[0].as_py()
        found = self._both({
            "count where": f"select count(*) from {{lines}} where {PERFECT}",
            "count filter": f"select count(*) filter ({PERFECT}) from {{lines}}",
            "sum": f"select sum(({PERFECT})::integer)::bigint from {{lines}}",
        })
        return {name: number(run) for name, run in found.items()}


def _arrow_of(relation):
    """The rows of a DuckDB relation as an Arrow table, under the name this release has for that."""
    return relation.to_arrow_table() if hasattr(relation, "to_arrow_table") else relation.fetch_arrow_table()


# --- Polars -----------------------------------------------------------------------------------------------------------


class Polars:
    """Lazy queries in the in-memory and the streaming engine over a frame that shares the Arrow buffers."""

    def __init__(self, lines, threads):
        import polars

        if polars.thread_pool_size() != threads:
            raise RuntimeError(f"Polars has {polars.thread_pool_size()} threads, {threads} wanted")
        self.polars = polars
        self.arrow = lines.arrow.drop_columns(["line_number"])

    def load(self):
        pl = self.polars
        self.frame = pl.from_arrow(self.arrow)
        col = pl.col
        self.perfect = (col("delivered") <= col("promised")) & (col("qty_delivered") == col("qty"))
        self.cell = col("partner") * 16 + col("month")

    def _both(self, queries):
        """Each lazy query in both engines."""
        def runner(query, engine):
            return lambda: query.collect(engine=engine).to_arrow()
        return {f"{name}, {engine} engine": runner(query, engine)
                for name, query in queries.items() for engine in ("in-memory", "streaming")}

    def _cells(self, by_order):
        """Orders with partner, month and ok, counted by partner and month."""
        pl = self.polars
        return by_order.group_by(KEYS).agg(orders=pl.len(), perfect_orders=pl.col("ok").sum())

    def _packed(self, lazy):
        """Orders as one number a line, counted by partner and month."""
        pl = self.polars
        by_order = lazy.group_by("order_id").agg(packed=(self.cell * 2 + (~self.perfect).cast(pl.Int32)).max())
        return self._unpack(by_order.with_columns(cell=pl.col("packed") // 2, ok=1 - pl.col("packed") % 2)
                            .group_by("cell").agg(orders=pl.len(), perfect_orders=pl.col("ok").sum()))

    def _unpack(self, cells):
        pl = self.polars
        return cells.with_columns(partner=pl.col("cell") // 16, month=pl.col("cell") % 16)

    def _by_order(self, lazy):
        pl = self.polars
        return self._cells(lazy.group_by("order_id").agg(
            pl.col("partner").first(), pl.col("month").first(), ok=self.perfect.all()))

    def orders(self):
        """Right for lines in any order."""
        lazy = self.frame.lazy()
        return self._both({
            "all() by order": self._by_order(lazy),
            "all() by order, partner, month": self._cells(
                lazy.group_by("order_id", *KEYS).agg(ok=self.perfect.all())),
            "max of one packed number by order": self._packed(lazy),
        })

    def orders_by_hand(self):
        """Right only for clustered lines: sortedness is declared, or an order begins where the id changes."""
        pl = self.polars
        lazy = self.frame.lazy()
        declared = self.frame.with_columns(pl.col("order_id").set_sorted()).lazy()
        first = pl.col("order_id") != pl.col("order_id").shift(1, fill_value=-1)
        changes = self._by_hand(lazy, first, KEYS, lambda cells: cells)
        packed = self._by_hand(lazy.with_columns(cell=self.cell), first, ["cell"], self._unpack)
        return self._both({
            "set_sorted, all() by order": self._by_order(declared),
            "set_sorted, max of one packed number by order": self._packed(declared),
            "shift() finds first lines": changes,
            "shift() finds first lines, packed cell": packed,
        })

    def _by_hand(self, lazy, first, keys, unpack):
        """All orders from first lines; failed orders from the first lines among those that failed."""
        pl = self.polars
        orders = lazy.filter(first).group_by(keys).agg(orders=pl.len())
        failed = lazy.filter(~self.perfect).filter(first).group_by(keys).agg(failed=pl.len())
        joined = orders.join(failed, on=keys, how="left")
        perfect = pl.col("orders").cast(pl.Int64) - pl.col("failed").fill_null(0).cast(pl.Int64)
        return unpack(joined.with_columns(perfect_orders=perfect))

    def lines(self):
        pl = self.polars
        lazy, col = self.frame.lazy(), pl.col
        late, incomplete = col("delivered") > col("promised"), col("qty_delivered") != col("qty")
        measures = {"lines": pl.len(), "perfect_lines": self.perfect.sum(), "late": late.sum(),
                    "incomplete": incomplete.sum(), "late_and_incomplete": (late & incomplete).sum()}
        pattern = late.cast(pl.Int32) + 2 * incomplete.cast(pl.Int32)
        n, p = col("n").cast(pl.Int64), col("packed") % 4
        by_pattern = (lazy.group_by(packed=self.cell * 4 + pattern).agg(n=pl.len())
                      .group_by(cell=col("packed") // 4).agg(
                          lines=n.sum(), perfect_lines=n.filter(p == 0).sum(), late=n.filter(p % 2 == 1).sum(),
                          incomplete=n.filter(p >= 2).sum(), late_and_incomplete=n.filter(p == 3).sum()))
        return self._both({
            "sum of conditions": lazy.group_by(KEYS).agg(**measures),
            "sum of conditions by packed cell": self._unpack(lazy.group_by(cell=self.cell).agg(**measures)),
            "count by packed cell and pattern": self._unpack(by_pattern),
        })

    def count(self):
        pl = self.polars
        lazy = self.frame.lazy()

        def number(run):
            return lambda: run().column(0)[0].as_py()
        found = self._both({"filter and len": lazy.filter(self.perfect).select(pl.len()),
                            "sum of the condition": lazy.select(self.perfect.sum())})
        return {name: number(run) for name, run in found.items()}


# --- CSV --------------------------------------------------------------------------------------------------------------

CSV_KINDS = {
    "int64": {"duckdb": "bigint", "pandas": "int64"},
    "int32": {"duckdb": "integer", "pandas": "int32"},
    "date": {"duckdb": "date"},
}


class Csv:
    """A CSV file into columns in memory: the schema is given to every engine."""

    def __init__(self, path, schema, threads):
        self.path, self.schema, self.threads = str(path), schema, threads
        self.dates = [name for name, kind in schema.items() if kind == "date"]

    def ours(self):
        def run():
            return constellation.read_csv(self.path, self.schema, threads=self.threads).to_pyarrow()
        return {"read_csv": run}

    def polars(self):
        import polars as pl

        if pl.thread_pool_size() != self.threads:
            raise RuntimeError(f"Polars has {pl.thread_pool_size()} threads, {self.threads} wanted")
        kinds = {"int64": pl.Int64, "int32": pl.Int32, "date": pl.Date}
        schema = {name: kinds[kind] for name, kind in self.schema.items()}
        found = {
            "read_csv": lambda: pl.read_csv(self.path, schema=schema),
            "scan_csv, in-memory engine": lambda: pl.scan_csv(self.path, schema=schema).collect(engine="in-memory"),
            "scan_csv, streaming engine": lambda: pl.scan_csv(self.path, schema=schema).collect(engine="streaming"),
            "read_csv without quotes": lambda: pl.read_csv(self.path, schema=schema, quote_char=None),
        }
        if self.dates:
            texts = {name: pl.String if name in self.dates else kind for name, kind in schema.items()}
            parsed = [pl.col(name).str.to_date("%Y-%m-%d") for name in self.dates]
            found["scan_csv of text, then to_date"] = (
                lambda: pl.scan_csv(self.path, schema=texts).with_columns(parsed).collect())
        return found

    def pandas(self):
        import pandas
        import pyarrow.csv

        pyarrow.set_cpu_count(self.threads)
        kinds = {name: CSV_KINDS[kind]["pandas"] for name, kind in self.schema.items() if kind != "date"}
        common = {"dtype": kinds}
        if self.dates:
            common.update(parse_dates=self.dates, date_format="%Y-%m-%d")
        arrow = {name: pandas.ArrowDtype(pyarrow.date32()) for name in self.dates}
        found = {"read_csv, engine c": lambda: pandas.read_csv(self.path, engine="c", **common),
                 "read_csv, engine pyarrow": lambda: pandas.read_csv(self.path, engine="pyarrow", **common)}
        if self.dates:
            found["read_csv, engine pyarrow, date32"] = (
                lambda: pandas.read_csv(self.path, engine="pyarrow", dtype={**kinds, **arrow}))
        return found

    def duckdb(self):
        import duckdb

        connection = duckdb.connect()
        connection.execute(f"set threads = {self.threads}")
        columns = ", ".join(f"'{name}': '{CSV_KINDS[kind]['duckdb']}'" for name, kind in self.schema.items())
        source = (f"read_csv('{self.path}', header = true, auto_detect = false, delim = ',', columns = {{{columns}}}"
                  + (", dateformat = '%Y-%m-%d'" if self.dates else "") + ")")

        def table():
            connection.execute(f"create or replace table rows as select * from {source}")
            return connection.table("rows")
        return {"read_csv into an Arrow table": lambda: _arrow_of(connection.sql(f"select * from {source}")),
                "create table as read_csv": table}

    def check(self, result, answer):
        """Sums of all columns, dates as days."""
        library = type(result).__module__.partition(".")[0]
        if library == "pandas":
            result = pyarrow.Table.from_pandas(result, preserve_index=False)
        elif library == "polars":
            result = result.to_arrow()
        elif library != "pyarrow":
            result = _arrow_of(result)
        if result.column_names != list(self.schema) or result.num_rows != answer["rows"]:
            raise Wrong(f"{result.num_rows:,} rows of {', '.join(result.column_names)}")
        for name, kind in self.schema.items():
            column = result.column(name)
            if kind == "date":
                column = column.cast(pyarrow.date32()).cast(pyarrow.int32())
            elif str(column.type) != kind:
                raise Wrong(f"column {name} is {column.type}, {kind} wanted")
            found = int(column.to_numpy().sum(dtype="int64"))
            if found != answer[name]:
                raise Wrong(f"column {name} sums to {found:,}, {answer[name]:,} was written")
