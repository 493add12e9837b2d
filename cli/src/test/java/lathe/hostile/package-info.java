/**
 * Hostile files: models that someone, or a bad disk, has damaged. Makes them from the networks of the test data, seeded,
 * and holds Lathe to what it promises of any file: an answer or one clear line, in little time and memory.
 */
package lathe.hostile;
