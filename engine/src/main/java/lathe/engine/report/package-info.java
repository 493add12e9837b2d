/** What a compression did, as records. Rendering is left to others. */
package lathe.engine.report;
