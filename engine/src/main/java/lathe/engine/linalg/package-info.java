/** Symmetric matrices: accumulated from samples, factored, solved. The one importer of OpenBLAS and EJML. */
package lathe.engine.linalg;
