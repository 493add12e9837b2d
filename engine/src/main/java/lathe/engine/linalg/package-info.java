/** Symmetric matrices: accumulated from samples, factored, solved. The one importer of ND4J and EJML. */
package lathe.engine.linalg;
