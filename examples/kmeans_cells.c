/* Customers in segments, each seen once: two sites sum up their rows in micro-clusters, one of them
 * merges the two and finds the clusters, and a customer who is to be forgotten is taken out.
 *
 * Prints a line a cluster, and between what numbers the inertia of all rows lies. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <stdio.h>

static const char bounds[] = "purchases,spend\n0,0\n60,12000\n";
static const char north[] = "purchases,spend\n41,9120\n38,8770\n52,10400\n6,640\n5,580\n";
static const char south[] = "purchases,spend\n44,7900\n8,810\n7,700\n1,45\n1,60\n2,75\n";
static const char forgotten[] = "purchases,spend\n44,7900\n";
static const char *const features[] = {"purchases", "spend"};
static const char columns[] = "purchases double\nspend double\n";

/* The features and what they go through, fixed before the first row: by their bounds. */
static cstn_status new_frame(cstn_kmeans **frame, cstn_error **error)
{
	const uint32_t transforms[] = {CSTN_TRANSFORM_LOG1P, CSTN_TRANSFORM_LOG1P};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_status status = rows_open(columns, bounds, &rows, error);

	options.transforms = transforms;
	if (status == CSTN_OK)
		status = cstn_kmeans_fit(&rows, features, 2, 1, &options, NULL, frame, NULL, error);
	return status;
}

/* [sum up] */
static cstn_status sum_up(const cstn_kmeans *frame, const char *text, cstn_kmeans_cells **cells,
		cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = cstn_kmeans_cells_new(frame, NULL, NULL, cells, error);

	if (status == CSTN_OK)
		status = rows_open(columns, text, &rows, error);
	if (status == CSTN_OK)
		status = cstn_kmeans_cells_update(*cells, &rows, NULL, NULL, error);
	return status;
}
/* [sum up] */

/* [fit] */
static cstn_status print_clusters(const cstn_kmeans_cells *cells, cstn_error **error)
{
	struct ArrowArrayStream table;
	cstn_kmeans *model = NULL;
	double least = 0.0, most = 0.0;
	cstn_status status = cstn_kmeans_cells_fit(cells, 3, NULL, &model, error);

	if (status == CSTN_OK)
		status = cstn_kmeans_cells_bounds(cells, model, &least, &most, error);
	if (status == CSTN_OK)
		status = cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &table, error);
	if (status == CSTN_OK)
		status = rows_print(&table, error);
	if (status == CSTN_OK)
		printf("inertia from %.4f to %.4f\n", least, most);
	cstn_kmeans_unref(model);
	return status;
}
/* [fit] */

int main(void)
{
	cstn_kmeans_cells *total = NULL, *other = NULL, *gone = NULL;
	cstn_kmeans *frame = NULL;
	cstn_error *error = NULL;
	cstn_status status = new_frame(&frame, &error);

	if (status == CSTN_OK)
		status = sum_up(frame, north, &total, &error);
	if (status == CSTN_OK)
		status = sum_up(frame, south, &other, &error);
	if (status == CSTN_OK)
		status = sum_up(frame, forgotten, &gone, &error);
	if (status == CSTN_OK)
		status = cstn_kmeans_cells_merge(total, other, &error);
	if (status == CSTN_OK)
		status = cstn_kmeans_cells_remove(total, gone, &error);
	if (status == CSTN_OK)
		status = print_clusters(total, &error);
	cstn_kmeans_cells_free(total);
	cstn_kmeans_cells_free(other);
	cstn_kmeans_cells_free(gone);
	cstn_kmeans_unref(frame);
	return rows_end(status, error);
}
