/* Out of memory in private set intersection: a side whose call failed can be asked again. */
#include "oom.h"

#include "../unit/psi_world.h"

static const uint8_t agreement[32] = {1};
static const uint64_t ends[] = {1, 2, 3};

static cstn_psi_options options_of(cstn_log *log, cstn_psi_runs *runs)
{
	cstn_psi_options options = CSTN_PSI_OPTIONS_INIT;

	options.agreement = agreement;
	options.kind = "gtin";
	options.kind_log2 = 40;
	options.mode = CSTN_PSI_ITEMS;
	options.direction = CSTN_PSI_TO_RECIPIENT;
	options.threads = 1;
	options.log = log;
	options.runs = runs;
	options.partner = "acme";
	return options;
}

typedef struct sides {
	cstn_log *log;
	cstn_psi_runs *runs;
	cstn_psi_options options;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_buffer *request, *reply;
} sides;

/* `steps`: how far the run has come. */
static void begin(sides *at, const cstn_allocator *allocator, int steps)
{
	memset(at, 0, sizeof(*at));
	ck_assert_int_eq(cstn_log_new("psi", 3, allocator, &at->log, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_runs_new(1000, 9, allocator, &at->runs, NULL), CSTN_OK);
	at->options = options_of(at->log, at->runs);
	if (steps < 1)
		return;
	ck_assert_int_eq(cstn_psi_receiver_new(&at->options, allocator, &at->receiver, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_new(&at->options, allocator, &at->sender, NULL), CSTN_OK);
	if (steps < 2)
		return;
	ck_assert_int_eq(cstn_psi_receiver_add(at->receiver, (const uint8_t *)"abc", ends, 3, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_add(at->sender, (const uint8_t *)"bcd", ends, 3, NULL),
			CSTN_OK);
	if (steps < 3)
		return;
	ck_assert_int_eq(cstn_psi_receiver_request(at->receiver, &at->request, NULL), CSTN_OK);
	if (steps < 4)
		return;
	ck_assert_int_eq(cstn_psi_sender_reply(at->sender, cstn_buffer_data(at->request),
					 cstn_buffer_size(at->request), &at->reply, NULL),
			CSTN_OK);
}

static void end(sides *at)
{
	cstn_buffer_free(at->request);
	cstn_buffer_free(at->reply);
	cstn_psi_receiver_free(at->receiver);
	cstn_psi_sender_free(at->sender);
	cstn_psi_runs_free(at->runs);
	cstn_log_free(at->log);
}

static cstn_status make(oom *o)
{
	cstn_status status;
	sides at;

	begin(&at, NULL, 0);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_psi_receiver_new(
						 &at.options, o->allocator, &at.receiver, &error));
	else
		OOM_CALL(status,
				cstn_psi_sender_new(&at.options, o->allocator, &at.sender, &error));
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (at.receiver || at.sender));
	end(&at);
	return status;
}

/* What an addition that failed put in is not in: the request and reply have none of it. */
static cstn_status add(oom *o)
{
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_status status;
	sides at;

	begin(&at, o->allocator, 1);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_psi_receiver_add(at.receiver, (const uint8_t *)"abc", ends, 3,
						 &error));
	else
		OOM_CALL(status, cstn_psi_sender_add(at.sender, (const uint8_t *)"abc", ends, 3,
						 &error));
	oom_disarm(o);
	ck_assert_int_eq(o->which == 0 ? cstn_psi_sender_add(at.sender, (const uint8_t *)"abc",
							 ends, 3, NULL)
				       : cstn_psi_receiver_add(at.receiver, (const uint8_t *)"abc",
							 ends, 3, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_request(at.receiver, &at.request, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_reply(at.sender, cstn_buffer_data(at.request),
					 cstn_buffer_size(at.request), &at.reply, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_finish(at.receiver, cstn_buffer_data(at.reply),
					 cstn_buffer_size(at.reply), &result, NULL),
			CSTN_OK);
	ck_assert_uint_eq(result.common, status == CSTN_OK ? 3 : 0);
	end(&at);
	return status;
}

static cstn_status step(oom *o)
{
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_status status;
	uint32_t left;
	sides at;

	begin(&at, o->allocator, 2 + o->which);
	left = cstn_psi_runs_left(at.runs, "acme", 0);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_psi_receiver_request(at.receiver, &at.request, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_psi_sender_reply(at.sender, cstn_buffer_data(at.request),
						 cstn_buffer_size(at.request), &at.reply, &error));
	else
		OOM_CALL(status, cstn_psi_receiver_finish(at.receiver, cstn_buffer_data(at.reply),
						 cstn_buffer_size(at.reply), &result, &error));
	oom_disarm(o);
	/* Nothing was given out and nothing charged, or both. */
	ck_assert_uint_eq(cstn_psi_runs_left(at.runs, "acme", 0),
			left - (status == CSTN_OK && o->which < 2));
	ck_assert_uint_eq(cstn_log_size(at.log), (uint64_t)o->which + (status == CSTN_OK));
	ck_assert_uint_eq(result.common, o->which == 2 && status == CSTN_OK ? 2 : 0);
	ck_assert((at.request != NULL) == (o->which > 0 || status == CSTN_OK));
	end(&at);
	return status;
}

/* --- under an agreement, in a network --------------------------------------------------------- */

typedef struct under {
	psi_world world;
	cstn_agreement *agreement;
	sides at;
} under;

/* A world whose network takes the memory that fails, and sides as far as `steps`. */
static void begin_under(under *u, oom *o, const char *term, int steps)
{
	cstn_psi_options receives, sends;

	memset(u, 0, sizeof(*u));
	psi_world_open(&u->world);
	cstn_network_unref(u->world.network);
	ck_assert_int_eq(cstn_network_open(NULL, NULL, o->allocator, &u->world.network, NULL),
			CSTN_OK);
	u->agreement = psi_signed(&u->world, term, NULL);
	receives = psi_under(&u->world, u->agreement, 0, 500);
	sends = psi_under(&u->world, u->agreement, 1, 500);
	if (steps < 1)
		return;
	ck_assert_int_eq(cstn_psi_receiver_new(&receives, o->allocator, &u->at.receiver, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_new(&sends, o->allocator, &u->at.sender, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(
					 u->at.receiver, (const uint8_t *)"abc", ends, 3, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_add(u->at.sender, (const uint8_t *)"bcd", ends, 3, NULL),
			CSTN_OK);
	if (steps > 1)
		ck_assert_int_eq(cstn_psi_receiver_request(u->at.receiver, &u->at.request, NULL),
				CSTN_OK);
	if (steps > 2)
		ck_assert_int_eq(
				cstn_psi_sender_reply(u->at.sender, cstn_buffer_data(u->at.request),
						cstn_buffer_size(u->at.request), &u->at.reply,
						NULL),
				CSTN_OK);
}

static size_t entries_of(const under *u, const char *party, const char *constellation)
{
	json_t *entries = psi_entries(&u->world, party, constellation);
	size_t n = json_array_size(entries);

	json_decref(entries);
	return n;
}

static void end_under(under *u)
{
	end(&u->at);
	cstn_agreement_unref(u->agreement);
	psi_world_close(&u->world);
}

/* which: bit 0 the sender, bit 1 a term that does not let, which is a refusal and its entry. */
static cstn_status make_under(oom *o)
{
	int sends = o->which & 1, denied = o->which & 2;
	cstn_psi_options options;
	cstn_status status;
	under u;

	begin_under(&u, o, denied ? "\"fields\":[\"item.name\"]" : "", 0);
	options = psi_under(&u.world, u.agreement, sends, 500);
	oom_arm(o);
	if (sends)
		OOM_CALL(status, cstn_psi_sender_new(&options, o->allocator, &u.at.sender, &error));
	else
		OOM_CALL(status, cstn_psi_receiver_new(
						 &options, o->allocator, &u.at.receiver, &error));
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (u.at.receiver || u.at.sender));
	ck_assert_uint_eq(entries_of(&u, sends ? "maker" : "shop", ""), status == CSTN_E_DENIED);
	end_under(&u);
	return status == CSTN_E_DENIED && denied ? CSTN_OK : status;
}

/* Nothing comes out without its entry, and no entry of the last step is there without memory. */
static cstn_status step_under(oom *o)
{
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_status status;
	under u;

	begin_under(&u, o, "\"limits\":{\"calls\":1,\"window_us\":100}", 1 + o->which);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_psi_receiver_request(u.at.receiver, &u.at.request, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_psi_sender_reply(u.at.sender, cstn_buffer_data(u.at.request),
						 cstn_buffer_size(u.at.request), &u.at.reply,
						 &error));
	else
		OOM_CALL(status, cstn_psi_receiver_finish(u.at.receiver,
						 cstn_buffer_data(u.at.reply),
						 cstn_buffer_size(u.at.reply), &result, &error));
	oom_disarm(o);
	ck_assert((u.at.request != NULL) == (o->which > 0 || status == CSTN_OK));
	ck_assert((u.at.reply != NULL) == (o->which > 1 || (o->which == 1 && status == CSTN_OK)));
	ck_assert_uint_eq(result.common, o->which == 2 && status == CSTN_OK ? 2 : 0);
	ck_assert_uint_eq(entries_of(&u, "shop", "c1"),
			(uint64_t)(o->which > 0) + (uint64_t)(o->which != 1 && status == CSTN_OK));
	ck_assert_uint_eq(entries_of(&u, "maker", "c1"),
			o->which == 2 || (o->which == 1 && status == CSTN_OK));
	end_under(&u);
	return status;
}

/* The call past the limit: refused, and that is entered. */
static cstn_status spent(oom *o)
{
	cstn_buffer *request = NULL;
	cstn_psi_receiver *second = NULL;
	cstn_psi_options options;
	cstn_status status;
	under u;

	begin_under(&u, o, "\"limits\":{\"calls\":1,\"window_us\":100}", 2);
	options = psi_under(&u.world, u.agreement, 0, 501);
	ck_assert_int_eq(cstn_psi_receiver_new(&options, o->allocator, &second, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_psi_receiver_request(second, &request, &error));
	oom_disarm(o);
	ck_assert_ptr_null(request);
	ck_assert_uint_eq(entries_of(&u, "shop", "c1"), 1);
	ck_assert_uint_eq(entries_of(&u, "shop", ""), status == CSTN_E_BUDGET);
	cstn_psi_receiver_free(second);
	end_under(&u);
	return status == CSTN_E_BUDGET ? CSTN_OK : status;
}

/* --- runs ------------------------------------------------------------------------------------- */

static cstn_status runs_new(oom *o)
{
	cstn_psi_runs *runs = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_psi_runs_new(1000, 2, o->allocator, &runs, &error));
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (runs != NULL));
	cstn_psi_runs_free(runs);
	return status;
}

/* Of two partners who had runs. */
static cstn_psi_runs *counted(const cstn_allocator *allocator)
{
	cstn_psi_receiver *receiver;
	cstn_psi_options options;
	cstn_buffer *request;
	cstn_psi_runs *runs;

	ck_assert_int_eq(cstn_psi_runs_new(1000, 2, allocator, &runs, NULL), CSTN_OK);
	for (int i = 0; i < 2; i++) {
		options = options_of(NULL, runs);
		options.partner = i ? "acme" : "bolts";
		ck_assert_int_eq(cstn_psi_receiver_new(&options, NULL, &receiver, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
		cstn_buffer_free(request);
		cstn_psi_receiver_free(receiver);
	}
	return runs;
}

OOM_BYTES(psi_runs, counted(o->allocator), counted(NULL))

const oom_case oom_cases_psi[] = {
		{"cstn_psi_receiver_new", make, 0, 0},
		{"cstn_psi_sender_new", make, 0, 1},
		{"cstn_psi_receiver_add", add, 0, 0},
		{"cstn_psi_sender_add", add, 0, 1},
		{"cstn_psi_receiver_request", step, 0, 0},
		{"cstn_psi_sender_reply", step, 0, 1},
		{"cstn_psi_receiver_finish", step, 0, 2},
		{"cstn_psi_receiver_new", make_under, 0, 0},
		{"cstn_psi_sender_new", make_under, 0, 1},
		{"cstn_psi_receiver_new", make_under, 0, 2},
		{"cstn_psi_sender_new", make_under, 0, 3},
		{"cstn_psi_receiver_request", step_under, 0, 0},
		{"cstn_psi_sender_reply", step_under, 0, 1},
		{"cstn_psi_receiver_finish", step_under, 0, 2},
		{"cstn_psi_receiver_request", spent, 0, 0},
		{"cstn_psi_runs_new", runs_new, 0, 0},
		{"cstn_psi_runs_serialize", psi_runs_to_bytes, 0, 0},
		{"cstn_psi_runs_deserialize", psi_runs_from_bytes, 0, 0},
};
const size_t oom_count_psi = sizeof(oom_cases_psi) / sizeof(oom_cases_psi[0]);
