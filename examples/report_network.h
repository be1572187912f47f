/* The networks of the report: one folder a data set, loaded from its files by the first run and
 * reopened by the next. Every figure is computed from a scan of such a network. */
#ifndef CSTN_EXAMPLE_REPORT_NETWORK_H
#define CSTN_EXAMPLE_REPORT_NETWORK_H

#include "report_page.h"
#include "report_source.h"

#define NETWORK_NOUNS 24
#define NETWORK_MESSAGES 5
#define NETWORK_MESSAGE_SIZE 200

/* The rows of one noun. */
struct network_noun {
	const char *name; /* the library's */
	int64_t records;
};

/* What is known of a network, also after it was closed. */
struct network {
	const char *name; /* "olist" */
	char path[4200];  /* "" in memory */
	cstn_network *handle;
	cstn_snapshot *snapshot;
	cstn_transaction *loading;
	int reopened;
	double load_seconds, open_seconds;
	uint64_t seq;
	int64_t bytes, orders, lines;
	struct network_noun nouns[NETWORK_NOUNS];
	size_t n_nouns;
	uint64_t rejected, left_out; /* rows: by the CSV reader, by the network's rules */
	char messages[NETWORK_MESSAGES][NETWORK_MESSAGE_SIZE]; /* the first of them */
	size_t n_messages;
	char verified[NETWORK_MESSAGE_SIZE];
};

#define JOB_NETWORKS 4

/* What the report is asked for, and the networks that it has opened. */
struct job {
	const char *folder; /* of the networks; NULL: in memory */
	int reload;         /* load again, whatever is there */
	int direct;         /* no networks: compute from the files */
	struct network networks[JOB_NETWORKS];
	size_t n;
};

/* A data set and how it becomes a network. */
struct plan {
	const char *name;
	const char *as_of;        /* when its rows were known: the files do not say */
	const char *const *files; /* what it is made of, NULL after the last */
	/* Import everything with network_import() and network_put(). */
	cstn_status (*load)(struct network *network, const struct plan *plan, cstn_error **error);
};

/** Open the network of a data set: reopened if it was loaded from these very files, else loaded
 *  from them. Says on stderr what it does.
 *  @param out  borrowed from the job; network_end() it
 *  @return CSTN_OK; CSTN_E_CONFLICT if the folder holds a network that this report did not make;
 *  else as cstn_network_open(), cstn_network_import() and cstn_transaction_commit() */
cstn_status network_open(
		struct job *job, const struct plan *plan, struct network **out, cstn_error **error);
/** Close, weigh and verify it. @param status of what was done with it: a failure is given back
 *  @return `status`; else as cstn_network_close() and cstn_network_verify() */
cstn_status network_end(struct network *network, cstn_status status, cstn_error **error);

/** In load(): put the rows of a CSV source as records of a noun. Rows that break a rule are left
 *  out, counted and told in the report. */
cstn_status network_import(struct network *network, const char *noun, const struct source *source,
		const char *as_of, cstn_error **error);
/** In load(): put one record for each text that a column of the source has, once. @param column of
 *  the source's schema @param name_column NULL, or the column that holds the record's name: the
 *  first that stands beside the text counts @param map from the columns `id` and `name` */
cstn_status network_import_distinct(struct network *network, const char *noun,
		const struct source *source, const char *column, const char *name_column,
		const char *as_of, cstn_error **error);
/** In load(): put one record: pairs of field and text, NULL after the last. */
cstn_status network_put(struct network *network, const char *noun, const char *const *fields,
		cstn_error **error);

/** The orders of a network as a source of order lines. @param fields the fields that the files
 *  gave, NULL after the last; the others are not looked at @param map names of dimensions */
struct source network_source(const struct network *network, const char *const *fields,
		const struct source_map *map);

struct summary;
/* A chapter about the orders of one network. */
struct network_chapter {
	const struct plan *plan;
	const char *const *fields;           /* as network_source() takes them */
	const struct source_map *dimensions; /* likewise */
	cstn_status (*write)(struct page *page, const struct source *source,
			struct summary *summary, cstn_error **error);
};
/** Write a chapter from its network, or from the files themselves if the job says so. */
cstn_status network_write_chapter(struct page *page, struct job *job,
		const struct network_chapter *chapter, const struct source *files,
		struct summary *summary, cstn_error **error);

/** The section about the networks. */
void network_section(struct page *page, const struct job *job);

#endif
