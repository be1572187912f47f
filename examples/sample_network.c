#include "sample_network.h"

#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

/* Twelve customers are served over six lanes by four carriers in 2024 and 2025. What the report
 * should find is put in on purpose:
 *   - December is worse than other months;
 *   - a picking project in March 2025 takes most late picks away;
 *   - late orders are short more often than others, so the product of the component rates is not
 *     the rate of perfect orders;
 *   - Alba Freight is better than Borea Lines near and better far, but drives mostly far. */

const char *const sample_network_schema = "order_id int64\n"
					  "line_number int32\n"
					  "customer text\n"
					  "carrier text\n"
					  "lane text\n"
					  "distance text\n"
					  "ordered timestamp\n"
					  "promised date null\n"
					  "delivered timestamp null\n"
					  "qty int64\n"
					  "qty_delivered int64 null\n"
					  "status text\n"
					  "damaged flag\n"
					  "documents_bad int32\n"
					  "customer_fault flag\n"
					  "late_cause text null\n"
					  "late_owner text null\n"
					  "short_cause text null\n"
					  "short_owner text null\n"
					  "documents_cause text null\n"
					  "documents_owner text null\n"
					  "condition_cause text null\n"
					  "condition_owner text null\n";

/* SplitMix64 (Steele, Lea and Flood 2014): the same numbers everywhere. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int below(uint64_t *state, int n)
{
	return (int)(next(state) % (uint64_t)n);
}

/* True in `per_mille` of 1,000 cases. */
static int chance(uint64_t *state, int per_mille)
{
	return below(state, 1000) < per_mille;
}

static const char *const customers[] = {"Aster Retail", "Birch Foods", "Cedar Clinics",
		"Dahlia Homes", "Elm Outdoor", "Fern Pharmacies", "Ginkgo Books", "Hazel Bakeries",
		"Iris Optics", "Juniper Sports", "Kapok Toys", "Linden Schools"};
static const char *const carriers[] = {
		"Alba Freight", "Borea Lines", "Corvo Express", "Delta Rail"};
static const char *const lanes[] = {"Hub to Bay", "Hub to Central", "Hub to Lake", "Hub to Coast",
		"Hub to Highlands", "Hub to Islands"};
/* Lanes 0 to 2 are near, 3 to 5 far. Late orders per mille: [carrier][far]. */
static const int late_share[4][2] = {{38, 118}, {62, 150}, {45, 105}, {52, 128}};

struct order {
	int id, month, customer, carrier, lane, far;
	int ordered_day, promised_day, delivered_day; /* days since 1970-01-01 */
	int ordered_minute, delivered_minute;
	int late, fault, cancelled; /* cancelled: 0, 1 by the customer, 2 by the supplier */
	const char *late_cause, *late_owner;
};

static void choose_carrier(struct order *order, uint64_t *random)
{
	int draw = below(random, 100);

	order->lane = below(random, 6);
	order->far = order->lane >= 3;
	if (order->far)
		order->carrier = draw < 55 ? 0 : draw < 63 ? 1 : draw < 85 ? 2 : 3;
	else
		order->carrier = draw < 8 ? 0 : draw < 65 ? 1 : draw < 80 ? 2 : 3;
}

static void choose_cause(struct order *order, uint64_t *random)
{
	int draw = below(random, 100);
	int picks = order->month >= 14 ? 8 : 42; /* the picking project */

	if (draw < picks) {
		order->late_cause = "picked late";
		order->late_owner = "warehouse";
	} else if (order->lane == 5 && draw < picks + 20) {
		order->late_cause = "ferry cancelled";
		order->late_owner = "carrier";
	} else if (draw < 72) {
		order->late_cause = "vehicle full";
		order->late_owner = "carrier";
	} else if (draw < 88) {
		order->late_cause = "goods not received in time";
		order->late_owner = "supplier";
	}
}

static void make_order(
		struct order *order, int id, int month, int first_day, int days, uint64_t *random)
{
	int share;

	memset(order, 0, sizeof(*order));
	order->id = id;
	order->month = month;
	order->customer = below(random, 12);
	choose_carrier(order, random);
	order->ordered_day = first_day + below(random, days);
	order->ordered_minute = 8 * 60 + below(random, 600);
	order->promised_day = order->ordered_day + (order->far ? 4 : 2) + below(random, 2);
	share = late_share[order->carrier][order->far];
	if (month >= 14)
		share = share * 66 / 100;
	if (month % 12 == 11)
		share = share * 190 / 100;
	order->late = chance(random, share);
	order->delivered_minute = 7 * 60 + below(random, 660);
	if (order->late) {
		choose_cause(order, random);
		order->delivered_day =
				order->promised_day + 1 + below(random, 3) * below(random, 3);
	} else {
		order->delivered_day = order->promised_day - (chance(random, 300) ? 1 : 0);
	}
	order->fault = chance(random, 6);
	order->cancelled = chance(random, 15) ? 1 : chance(random, 7) ? 2 : 0;
}

static void write_day(FILE *file, int days)
{
	int32_t year, month, day;

	cstn_civil_from_days(days, &year, &month, &day);
	(void)fprintf(file, "%04d-%02d-%02d", year, month, day);
}

static void write_cause(FILE *file, int failed, const char *cause, const char *owner)
{
	(void)fprintf(file, ",%s,%s", failed && cause != NULL ? cause : "",
			failed && owner != NULL ? owner : "");
}

static void write_line(
		FILE *file, const struct order *order, int number, int as_of_day, uint64_t *random)
{
	int quantity = 1 + below(random, 48), there = order->delivered_day < as_of_day;
	int is_short = chance(random, order->late ? 75 : 14), picked_wrong = chance(random, 350);
	int papers = chance(random, 11), no_slip = chance(random, 400);
	int damaged = chance(random, order->far ? 13 : 6), packed_badly = chance(random, 300);
	int missing = 1 + below(random, 3);

	if (order->cancelled)
		there = 0;
	if (!there)
		is_short = papers = damaged = 0;
	if (missing > quantity)
		missing = quantity;
	(void)fprintf(file, "%d,%d,%s,%s,%s,%s,", order->id, number, customers[order->customer],
			carriers[order->carrier], lanes[order->lane], order->far ? "far" : "near");
	write_day(file, order->ordered_day);
	(void)fprintf(file, "T%02d:%02d:00Z,", order->ordered_minute / 60,
			order->ordered_minute % 60);
	if (order->id % 499 != 0) /* now and then nobody noted what was promised */
		write_day(file, order->promised_day);
	(void)fputc(',', file);
	if (there) {
		write_day(file, order->delivered_day);
		(void)fprintf(file, "T%02d:%02d:00Z", order->delivered_minute / 60,
				order->delivered_minute % 60);
	}
	(void)fprintf(file, ",%d,", quantity);
	if (there)
		(void)fprintf(file, "%d", quantity - (is_short ? missing : 0));
	(void)fprintf(file, ",%s,%d,%d,%d",
			order->cancelled == 1   ? "cancelled_by_customer"
			: order->cancelled == 2 ? "cancelled_by_supplier"
			: there                 ? "closed"
						: "open",
			damaged, papers ? (no_slip ? 1 : 4) : 0, order->fault);
	write_cause(file, order->late, order->late_cause, order->late_owner);
	write_cause(file, is_short, picked_wrong ? "picking error" : "out of stock",
			picked_wrong ? "warehouse" : "supplier");
	write_cause(file, papers, no_slip ? "packing slip missing" : "wrong price on the invoice",
			no_slip ? "warehouse" : "own_office");
	write_cause(file, damaged, packed_badly ? "badly packed" : "crushed on the way",
			packed_badly ? "warehouse" : "carrier");
	(void)fputc('\n', file);
}

static void write_header(FILE *file)
{
	const char *at = sample_network_schema;

	while (*at != '\0') {
		(void)fprintf(file, "%s%.*s", at == sample_network_schema ? "" : ",",
				(int)strcspn(at, " "), at);
		at += strcspn(at, "\n") + 1;
	}
	(void)fputc('\n', file);
}

int sample_network_write(const char *path)
{
	FILE *file = fopen(path, "w");
	uint64_t random = 20240101;
	int32_t first_day, next_day, as_of_day;
	int id = 1000, broken;
	struct order order;

	if (file == NULL)
		return -1;
	write_header(file);
	/* These dates exist, so that the calls cannot fail. */
	if (cstn_days_from_civil(2026, 1, 15, &as_of_day, NULL) != CSTN_OK)
		as_of_day = 0;
	for (int month = 0; month < 24; month++) {
		int orders = 760 + 14 * month + (month % 12 == 11 ? 320 : 0) + below(&random, 60);

		if (cstn_days_from_civil(2024 + month / 12, month % 12 + 1, 1, &first_day, NULL) !=
						CSTN_OK ||
				cstn_days_from_civil(2024 + (month + 1) / 12, (month + 1) % 12 + 1,
						1, &next_day, NULL) != CSTN_OK)
			break;
		/* The last month runs on until two days before the report. */
		if (month == 23)
			next_day = as_of_day - 2;
		for (int i = 0; i < orders; i++) {
			int lines = 1 + below(&random, 4);

			make_order(&order, ++id, month, first_day, next_day - first_day, &random);
			for (int number = 1; number <= lines; number++)
				write_line(file, &order, number, as_of_day, &random);
		}
	}
	broken = ferror(file);
	if (fclose(file) != 0)
		broken = 1;
	return broken ? -1 : 0;
}
