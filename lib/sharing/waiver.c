/* Waivers as signed notes. Cost: O(length), and an Ed25519 signature or verification. */
#include <constellation/receipt.h>

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/note_lines.h"

#define WAIVER "cstn/waiver/v1"

static cstn_status check(const cstn_waiver *w, cstn_error **error)
{
	if (w->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %" PRIu32,
				w->reserved0);
	if (w->detail_len > CSTN_REASON_MOST || (!w->detail && w->detail_len) ||
			(w->detail && !cstn__line_text_is_valid(w->detail, w->detail_len)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the detail is not one line of at most %d bytes of UTF-8",
				CSTN_REASON_MOST);
	if (cstn__digest_is_zero(w->agreement) || cstn__digest_is_zero(w->term))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "it names no %s",
				cstn__digest_is_zero(w->agreement) ? "agreement" : "term");
	return cstn__id_check(w->party, w->party_len, "party", error);
}

cstn_status cstn_waiver_format(const cstn_waiver *waiver, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_status status;
	cstn__bytes text;
	cstn_waiver w;

	if (!waiver || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				waiver ? "out" : "waiver");
	status = cstn__options_read(
			waiver, sizeof(w), sizeof(w), UINT32_MAX, "cstn_waiver", &w, error);
	if (status == CSTN_OK)
		status = check(&w, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&text, &memory);
	cstn__bytes_put_format(&text, WAIVER "\n");
	cstn__lines_put_text(&text, "party", w.party, w.party_len);
	cstn__lines_put_hex(&text, "agreement", w.agreement, sizeof(w.agreement));
	cstn__lines_put_hex(&text, "term", w.term, sizeof(w.term));
	cstn__lines_put_hex(&text, "release", w.release, sizeof(w.release));
	cstn__lines_put_i64(&text, "index", w.index);
	cstn__lines_put_i64(&text, "consequence", w.consequence);
	cstn__lines_put_i64(&text, "at_us", w.at_us);
	cstn__lines_put_text(&text, "detail", w.detail ? w.detail : "", w.detail_len);
	return cstn__bytes_to_buffer(&text, out, error);
}

cstn_status cstn_waiver_parse(
		const char *text, size_t text_len, cstn_waiver *out, cstn_error **error)
{
	cstn_waiver w = CSTN_WAIVER_INIT;
	int64_t index = 0, consequence = 0;
	cstn_status status;
	cstn__lines lines;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				text ? "out" : "text");
	cstn__lines_open(&lines, text, text_len, WAIVER, error);
	cstn__lines_text(&lines, "party", 1, CSTN_ID_MOST, &w.party, &w.party_len);
	cstn__lines_hex(&lines, "agreement", w.agreement, sizeof(w.agreement));
	cstn__lines_hex(&lines, "term", w.term, sizeof(w.term));
	cstn__lines_hex(&lines, "release", w.release, sizeof(w.release));
	cstn__lines_i64(&lines, "index", &index);
	cstn__lines_i64(&lines, "consequence", &consequence);
	cstn__lines_i64(&lines, "at_us", &w.at_us);
	cstn__lines_text(&lines, "detail", 0, CSTN_REASON_MOST, &w.detail, &w.detail_len);
	status = cstn__lines_end(&lines);
	if (status != CSTN_OK)
		return status;
	if (index < 0 || index > UINT32_MAX || consequence < 0 || consequence > UINT32_MAX)
		return cstn__fail(error, CSTN_E_FORMAT,
				"index %" PRId64 ", consequence %" PRId64
				"; 0 to 4294967295 expected",
				index, consequence);
	w.index = (uint32_t)index;
	w.consequence = (uint32_t)consequence;
	if (check(&w, error) != CSTN_OK)
		return cstn__fail_format(error);
	return cstn__output_write(&w, sizeof(w), sizeof(w), "cstn_waiver", out, error);
}

cstn_status cstn_waiver_sign(const cstn_waiver *waiver, const char *signer,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_buffer *text = NULL;
	cstn_status status;

	if (!signer || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				signer ? "out" : "signer");
	status = cstn_waiver_format(waiver, allocator, &text, error);
	return status == CSTN_OK ? cstn__sign_text(text, signer, allocator, out, error) : status;
}

cstn_status cstn_waiver_open(const char *note, size_t note_len, const cstn_party_keys *keys,
		const cstn_allocator *allocator, cstn_waiver *out, cstn_error **error)
{
	cstn_waiver w = CSTN_WAIVER_INIT;
	char party[CSTN_ID_MOST + 1];
	cstn_note *opened = NULL;
	cstn_status status;
	size_t len;

	if (!note || !keys || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "note, keys or out is NULL");
	status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn_waiver_parse(note, len, &w, error);
	if (status != CSTN_OK)
		return status;
	memcpy(party, w.party, w.party_len);
	party[w.party_len] = '\0';
	status = cstn_party_keys_open(keys, note, note_len, party, CSTN_PARTY_KEY_SIGN, w.at_us, 1,
			allocator, &opened, error);
	cstn_note_free(opened);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&w, sizeof(w), sizeof(w), "cstn_waiver", out, error);
}
