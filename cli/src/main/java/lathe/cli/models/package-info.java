/**
 * The files of users: models that are found, read, named and written, and the inputs that people have: arrays, images,
 * labels. Says in one line what is wrong with a file; what a network computes is nobody's business here.
 */
package lathe.cli.models;
