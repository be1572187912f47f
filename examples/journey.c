/* Four orders on their way from basket to door: who arrives, who drops off, and where it hurts. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <string.h>

static const char definition_text[] = "cstn-journey 1\n"
				      "gap 10 d\n"
				      "step start 0 order\n"
				      "step - 1 pack\n"
				      "step - 2 ship\n"
				      "step goal 3 deliver\n";

static const char schema_text[] = "customer text\nvalid timestamp\nstep text\nfailed flag null\n";

/* Acme's parcel went back to packing; Bolt was never sent a parcel; Cole's is under way. */
static const char events_text[] = "customer,valid,step,failed\n"
				  "Acme,2024-03-01T09:00:00Z,order,\n"
				  "Acme,2024-03-02T09:00:00Z,pack,\n"
				  "Acme,2024-03-03T09:00:00Z,ship,true\n"
				  "Acme,2024-03-04T09:00:00Z,pack,\n"
				  "Acme,2024-03-05T09:00:00Z,ship,\n"
				  "Acme,2024-03-07T09:00:00Z,deliver,\n"
				  "Bolt,2024-03-01T10:00:00Z,order,\n"
				  "Bolt,2024-03-02T10:00:00Z,pack,true\n"
				  "Cole,2024-03-25T08:00:00Z,order,\n"
				  "Dyer,2024-03-10T08:00:00Z,order,\n"
				  "Dyer,2024-03-11T08:00:00Z,pack,\n"
				  "Dyer,2024-03-12T08:00:00Z,ship,\n"
				  "Dyer,2024-03-14T08:00:00Z,deliver,\n";

/* [update] */
static cstn_status count(struct ArrowArrayStream *events, cstn_journeys **out, cstn_error **error)
{
	int64_t as_of_us = 19813 * CSTN_DAY_US; /* 2024-03-31 */
	cstn_journey_definition *definition = NULL;
	cstn_journeys *journeys = NULL;
	cstn_status status = cstn_journey_definition_parse(
			definition_text, strlen(definition_text), NULL, &definition, error);

	if (status == CSTN_OK)
		status = cstn_journeys_new(definition, as_of_us, NULL, &journeys, error);
	if (status == CSTN_OK)
		status = cstn_journeys_update(journeys, events, NULL, NULL, error);
	cstn_journey_definition_unref(definition);
	if (status == CSTN_OK)
		*out = journeys;
	else
		cstn_journeys_free(journeys);
	return status;
}
/* [update] */

/* [export] */
static cstn_status print_table(cstn_journeys *journeys, int32_t table, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = cstn_journeys_export(journeys, table, NULL, &rows, error);

	if (status == CSTN_OK)
		status = rows_print(&rows, error);
	return status;
}
/* [export] */

int main(void)
{
	cstn_journeys *journeys = NULL;
	struct ArrowArrayStream events = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status;

	status = rows_open(schema_text, events_text, &events, &error);
	if (status == CSTN_OK)
		status = count(&events, &journeys, &error);
	if (status == CSTN_OK)
		status = print_table(journeys, CSTN_TABLE_JOURNEY_TRANSITIONS, &error);
	if (status == CSTN_OK)
		status = print_table(journeys, CSTN_TABLE_JOURNEY_PATHS, &error);
	cstn_journeys_free(journeys);
	return rows_end(status, error);
}
