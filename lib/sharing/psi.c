/* What both sides of a private set intersection do: options, identifiers, tokens.
 *
 * The input of the function is `cstn/psi/v1`, the agreement's digest, the direction, the id of the
 * run, the length of the value (two bytes, the higher first) and the value, so that what was
 * evaluated in one run means nothing in another. Values are kept once each. Cost: a hash to the
 * group a value. */
#include "sharing/psi.h"

#include <string.h>

#include <sodium/core.h>
#include <sodium/crypto_hash_sha512.h>

#include "base/entropy.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "base/text.h"
#include "sharing/sharing_rows.h"

#define LABEL "cstn/psi/v1"
#define LABEL_SIZE (sizeof(LABEL) - 1)
#define INPUT_HEAD (LABEL_SIZE + CSTN_PSI_DIGEST_SIZE + 1 + CSTN__PSI_RUN + 2)
_Static_assert(INPUT_HEAD + CSTN_PSI_VALUE_MOST <= CSTN__OPRF_INPUT_MOST, "room for an input");

/* --- options ---------------------------------------------------------------------------------- */

/* 1 to 64 bytes of UTF-8; `len` is that of up to 65. */
static int is_name(const char *text, size_t len)
{
	return len > 0 && len <= 64 && cstn__utf8_is_valid((const uint8_t *)text, len);
}

static cstn_status check_numbers(const cstn_psi_options *options, cstn_error **error)
{
	if (options->mode != CSTN_PSI_ITEMS && options->mode != CSTN_PSI_SIZE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "mode %d is neither 1 nor 2",
				(int)options->mode);
	if (options->direction != CSTN_PSI_TO_RECIPIENT &&
			options->direction != CSTN_PSI_TO_PROVIDER)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "direction %d is neither 1 nor 2",
				(int)options->direction);
	if (options->size_log2 != 0 && (options->size_log2 < CSTN_PSI_LOG2_LEAST ||
						       options->size_log2 > CSTN_PSI_LOG2_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "size_log2 %d is outside 4..17",
				(int)options->size_log2);
	if (options->threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "threads is negative");
	if (options->kind_log2 < 0 || options->kind_log2 > 512)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "kind_log2 %d is outside 0..512",
				(int)options->kind_log2);
	return options->log || options->network ? cstn__sharing_time_check(options->now_us, error)
						: CSTN_OK;
}

static cstn_status check_options(const cstn_psi_options *options, cstn_error **error)
{
	size_t kind = options->kind ? strnlen(options->kind, 65) : 0;
	size_t partner = options->partner ? strnlen(options->partner, 65) : 0;

	if (!options->agreement && !options->signed_agreement)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"agreement and signed_agreement are NULL");
	if (!is_name(options->kind, kind))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the kind of the identifiers has 1 to 64 bytes of UTF-8");
	if ((options->runs || partner) && !is_name(options->partner, partner))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"runs are charged to a partner: an id of 1 to 64 bytes of UTF-8");
	return check_numbers(options, error);
}

cstn_status cstn__psi_side_init(cstn__psi_side *side, int is_sender,
		const cstn_psi_options *options, const cstn_allocator *allocator,
		cstn_error **error)
{
	cstn_psi_options own;
	cstn_status status = cstn__options_read(options, sizeof(own), sizeof(own),
			CSTN_PSI_SMALL_KIND, "cstn_psi_options", &own, error);

	if (status == CSTN_OK)
		status = check_options(&own, error);
	if (status != CSTN_OK)
		return status;
	if (sodium_init() < 0)
		return cstn__fail(error, CSTN_E_IO, "libsodium finds no source of randomness");
	side->allocator = *allocator;
	cstn__interner_init(&side->values, &side->allocator, 0);
	side->is_sender = is_sender;
	side->head.mode = (uint8_t)own.mode;
	side->head.direction = (uint8_t)own.direction;
	side->head.flags = (uint8_t)own.flags;
	side->head.least_overlap = own.least_overlap;
	if (own.agreement)
		memcpy(side->head.agreement, own.agreement, CSTN_PSI_DIGEST_SIZE);
	strcpy(side->head.kind, own.kind);
	strcpy(side->partner, own.partner ? own.partner : "");
	side->options = own;
	status = cstn__psi_term_gate(side, &own, error);
	side->options.agreement = NULL; /* what is borrowed for this call only */
	side->options.kind = side->options.partner = side->options.party = NULL;
	side->options.signed_agreement = NULL;
	side->options.decision = NULL;
	if (status != CSTN_OK)
		cstn__psi_side_free(side);
	return status;
}

void cstn__psi_side_free(cstn__psi_side *side)
{
	for (size_t i = 0; i < side->values.count;
			i++) /* the texts are the interner's own copies */
		cstn__wipe((void *)(uintptr_t)side->values.items[i].text,
				side->values.items[i].len);
	cstn__interner_free(&side->values);
	cstn__array_free(&side->allocator, &side->places);
	cstn_network_unref(side->network);
}

/* --- identifiers ------------------------------------------------------------------------------ */

static cstn_status check_values(
		const cstn__psi_side *side, const uint64_t *ends, size_t count, cstn_error **error)
{
	uint64_t begin = 0;

	if (side->done)
		return cstn__fail(error, CSTN_E_STATE, "the run has begun");
	if (count > CSTN_PSI_VALUES_MOST || side->added + count > 16u * CSTN_PSI_VALUES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %d identifiers",
				CSTN_PSI_VALUES_MOST);
	for (size_t i = 0; i < count; i++) {
		if (ends[i] <= begin || ends[i] - begin > CSTN_PSI_VALUE_MOST)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"identifier %zu: it has 1 to %d bytes", i,
					CSTN_PSI_VALUE_MOST);
		begin = ends[i];
	}
	return CSTN_OK;
}

/* The value of a code is in, at this place, unless it was. */
static cstn_status enter(cstn__psi_side *side, uint32_t code, uint64_t place, cstn_error **error)
{
	uint64_t *at;

	if (code == side->places.count)
		side->places.items[side->places.count++] = CSTN__PSI_NOT_IN;
	at = &side->places.items[code];
	if (*at != CSTN__PSI_NOT_IN)
		return CSTN_OK;
	if (side->n == CSTN_PSI_VALUES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %d identifiers",
				CSTN_PSI_VALUES_MOST);
	*at = place;
	side->n++;
	return CSTN_OK;
}

/* What a call that failed put in is taken out again. */
static void leave_out(cstn__psi_side *side, uint64_t from)
{
	for (size_t i = 0; i < side->places.count; i++)
		if (side->places.items[i] != CSTN__PSI_NOT_IN && side->places.items[i] >= from) {
			side->places.items[i] = CSTN__PSI_NOT_IN;
			side->n--;
		}
}

cstn_status cstn__psi_side_add(cstn__psi_side *side, const uint8_t *bytes, const uint64_t *ends,
		size_t count, cstn_error **error)
{
	uint64_t begin = 0;
	cstn_status status;

	if (count && (!bytes || !ends))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				bytes ? "ends" : "bytes");
	status = check_values(side, ends, count, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&side->allocator, &side->places, count))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < count && status == CSTN_OK; i++) {
		uint32_t code = cstn__intern(&side->values, (const char *)bytes + begin,
				(size_t)(ends[i] - begin));

		status = code == UINT32_MAX ? cstn__fail_nomem(error)
					    : enter(side, code, side->added + i, error);
		begin = ends[i];
	}
	if (status == CSTN_OK)
		side->added += count;
	else
		leave_out(side, side->added);
	return status;
}

static int by_place(const void *left, const void *right, void *context)
{
	const uint64_t *places = context;
	uint64_t a = places[*(const uint32_t *)left], b = places[*(const uint32_t *)right];

	return (a > b) - (a < b);
}

void cstn__psi_codes(const cstn__psi_side *side, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < side->places.count; i++)
		if (side->places.items[i] != CSTN__PSI_NOT_IN)
			out[n++] = (uint32_t)i;
	if (n)
		cstn__sort(out, n, sizeof(*out), by_place, side->places.items);
}

/* --- randomness ------------------------------------------------------------------------------- */

cstn_status cstn__psi_random(cstn__psi_side *side, void *out, size_t size, cstn_error **error)
{
	return cstn__entropy_fill(
			side->options.entropy, side->options.entropy_user, out, size, error);
}

cstn_status cstn__psi_random_scalar(cstn__psi_side *side, uint8_t *out, cstn_error **error)
{
	uint8_t wide[64];
	cstn_status status = cstn__psi_random(side, wide, sizeof(wide), error);

	if (status == CSTN_OK && cstn__oprf_scalar(wide, out))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the entropy given is zeros");
	cstn__wipe(wide, sizeof(wide));
	return status;
}

cstn_status cstn__psi_declare(const cstn__psi_side *side, uint8_t *log2, cstn_error **error)
{
	uint8_t least = CSTN_PSI_LOG2_LEAST;

	while ((size_t)1 << least < side->n)
		least++;
	if (side->options.size_log2 && side->options.size_log2 < least)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu identifiers are more than the 2^%d declared", side->n,
				(int)side->options.size_log2);
	*log2 = side->options.size_log2 ? (uint8_t)side->options.size_log2 : least;
	return CSTN_OK;
}

/* --- the function ----------------------------------------------------------------------------- */

static size_t write_input(const cstn__psi_side *side, size_t value, uint8_t *out)
{
	const struct cstn__interned *item = &side->values.items[value];
	uint8_t *at = out;

	memcpy(at, LABEL, LABEL_SIZE);
	at += LABEL_SIZE;
	memcpy(at, side->head.agreement, CSTN_PSI_DIGEST_SIZE);
	at += CSTN_PSI_DIGEST_SIZE;
	*at++ = side->head.direction;
	memcpy(at, side->head.run, CSTN__PSI_RUN);
	at += CSTN__PSI_RUN;
	*at++ = (uint8_t)(item->len >> 8);
	*at++ = (uint8_t)item->len;
	memcpy(at, item->text, item->len);
	return (size_t)(at - out) + item->len;
}

void cstn__psi_element(const cstn__psi_side *side, size_t value, uint8_t *element)
{
	uint8_t input[CSTN__OPRF_INPUT_MOST];
	size_t size = write_input(side, value, input);

	cstn__oprf_hash_to_group(CSTN__OPRF_VERIFIABLE, input, size, element);
	cstn__wipe(input, size);
}

void cstn__psi_token(const cstn__psi_side *side, size_t value, const uint8_t *element,
		uint8_t out[CSTN__PSI_TOKEN])
{
	uint8_t input[CSTN__OPRF_INPUT_MOST], full[CSTN__OPRF_OUTPUT];
	size_t size;

	if (side->head.mode == CSTN_PSI_SIZE) {
		cstn__psi_token_plain(element, out);
		return;
	}
	size = write_input(side, value, input);
	cstn__oprf_finish(input, size, element, full);
	memcpy(out, full, CSTN__PSI_TOKEN);
	cstn__wipe(input, size);
	cstn__wipe(full, sizeof(full));
}

void cstn__psi_token_plain(const uint8_t *element, uint8_t out[CSTN__PSI_TOKEN])
{
	static const uint8_t label[] = LABEL " size";
	crypto_hash_sha512_state state;
	uint8_t full[64];

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, label, sizeof(label) - 1);
	crypto_hash_sha512_update(&state, element, CSTN__OPRF_SIZE);
	crypto_hash_sha512_final(&state, full);
	memcpy(out, full, CSTN__PSI_TOKEN);
	cstn__wipe(full, sizeof(full));
}

/* --- work ------------------------------------------------------------------------------------- */

typedef struct each {
	size_t n;
	cstn_status (*body)(void *context, size_t i);
	void *context;
	cstn_progress *progress;
} each;

static cstn_status each_morsel(void *context, size_t morsel, int32_t worker)
{
	each *at = context;
	size_t from = morsel * CSTN__PSI_MORSEL, until = from + CSTN__PSI_MORSEL;

	(void)worker;
	if (until > at->n)
		until = at->n;
	for (size_t i = from; i < until; i++) {
		cstn_status status = at->body(at->context, i);

		if (status != CSTN_OK)
			return status;
	}
	cstn__progress_add(at->progress, until - from);
	return CSTN_OK;
}

cstn_status cstn__psi_each(cstn__psi_side *side, size_t n,
		cstn_status (*body)(void *context, size_t i), void *context, cstn_error **error)
{
	size_t morsels = (n + CSTN__PSI_MORSEL - 1) / CSTN__PSI_MORSEL;
	each at = {n, body, context, side->options.progress};
	cstn_status status = cstn__parallel_for(morsels,
			cstn__threads_resolve(side->options.threads, morsels),
			side->options.progress, each_morsel, &at);

	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	if (status != CSTN_OK)
		return cstn__fail(error, status, "an element leads nowhere");
	return CSTN_OK;
}

static cstn_status check_element(void *context, size_t i)
{
	const uint8_t *elements = context;

	return cstn__oprf_is_element(elements + i * CSTN__OPRF_SIZE) ? CSTN_OK : CSTN_E_FORMAT;
}

cstn_status cstn__psi_check_elements(
		cstn__psi_side *side, const uint8_t *elements, size_t n, cstn_error **error)
{
	cstn_error *inner = NULL;
	cstn_status status =
			cstn__psi_each(side, n, check_element, (void *)(uintptr_t)elements, &inner);

	if (status == CSTN_E_FORMAT) {
		size_t i = 0;

		while (i + 1 < n && cstn__oprf_is_element(elements + i * CSTN__OPRF_SIZE))
			i++;
		cstn_error_free(inner);
		return cstn__fail(error, CSTN_E_FORMAT,
				"byte %zu of the elements: not an element of the group",
				i * CSTN__OPRF_SIZE);
	}
	return cstn__error_give(error, inner, status);
}

static int by_bytes(const void *left, const void *right, void *context)
{
	return memcmp(left, right, *(const size_t *)context);
}

void cstn__psi_sort(uint8_t *items, size_t n, size_t size)
{
	cstn__sort(items, n, size, by_bytes, &size);
}
